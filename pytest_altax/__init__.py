"""pytest-altax: what alignment costs an LLM app, measured and budgeted in every pull request."""

__all__ = ["__version__"]
__version__ = "0.1.0"
