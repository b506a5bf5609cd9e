"""One plain client for the tests that are not about clients: making one reads the certificates of the machine."""

import httpx

CLIENT = httpx.Client()
CHAT = "/v1/chat/completions"


def body(question="what?", system="You are kind.", **fields):
    """A chat request."""
    messages = [{"role": "system", "content": system}, {"role": "user", "content": question}]
    return {"model": "m", "messages": messages, **fields}


def ask(url, question="what?", system="You are kind.", path=CHAT, **fields):
    """The answer to a question, or the status of an error."""
    response = CLIENT.post(url + path, json=body(question, system, **fields))
    return response.json()["choices"][0]["message"]["content"] if response.is_success else response.status_code
