import pytest
from altax_tables import Project


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path)
