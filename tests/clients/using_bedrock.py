"""boto3's bedrock-runtime: converse and invoke_model, plain and streamed."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from functools import partial
from typing import Any

from scenarios import Group, in_threads
from serving import serving
from serving_bedrock import bedrock_api

MODEL = "anthropic.claude-test-v1:0"

group = Group("boto3", partial(serving, bedrock_api), "boto3")


def client(url: str) -> Any:
    """A client that `closing` closes; its credentials are made up."""
    import boto3
    from botocore.config import Config

    secrets = {"aws_access_key_id": "AKIASECRET", "aws_secret_access_key": "secret", "aws_session_token": "token"}
    config = Config(retries={"total_max_attempts": 1}, max_pool_connections=32)
    return closing(boto3.client("bedrock-runtime", "us-east-1", endpoint_url=url, config=config, **secrets))


def asked(text: str) -> dict[str, Any]:
    """The arguments of a conversation."""
    return {"modelId": MODEL, "messages": [{"role": "user", "content": [{"text": text}]}]}


def body(text: str) -> dict[str, Any]:
    """The arguments of an invocation."""
    return {"modelId": MODEL, "body": f'{{"messages": [{{"role": "user", "content": "{text}"}}]}}'}


def told(answer: dict[str, Any]) -> dict[str, Any]:
    """What boto3 gives, without what it adds of its own."""
    return {key: value for key, value in answer.items() if key != "ResponseMetadata"}


@group("converse")
def converse(url):
    with client(url) as made:
        answer = made.converse(**asked("what is it?"))
        return told(answer), answer["ResponseMetadata"]["HTTPStatusCode"]


@group("converse_stream", "streamed")
def converse_stream(url):
    with client(url) as made:
        return list(made.converse_stream(**asked("what is it?"))["stream"])


@group("converse_stream left early", "streamed")
def converse_stream_left(url):
    with client(url) as made:
        stream = made.converse_stream(**asked("what is it?"))["stream"]
        first = next(iter(stream))
        stream.close()
        return first


@group("invoke_model")
def invoke(url):
    with client(url) as made:
        answer = made.invoke_model(**body("what is it?"))
        return answer["contentType"], answer["body"].read().decode()


@group("invoke_model_with_response_stream", "streamed")
def invoke_stream(url):
    with client(url) as made:
        stream = made.invoke_model_with_response_stream(**body("what is it?"))["body"]
        return [event["chunk"]["bytes"].decode() for event in stream]


@group("an error is the same error")
def error(url):
    from botocore.exceptions import ClientError

    with client(url) as made:
        try:
            made.converse(**asked("fail"))
        except ClientError as failed:
            return type(failed).__name__, failed.response["Error"], str(failed)


@group("one client in 16 threads", "threads")
def threads(url, questions: Sequence[str]):
    def ask(text: str) -> str:
        return made.converse(**asked(text))["output"]["message"]["content"][0]["text"]

    with client(url) as made:
        return in_threads(ask, questions)


@group("one client in 16 threads, streamed", "threads")
def threads_streamed(url, questions: Sequence[str]):
    def ask(text: str) -> str:
        stream = made.converse_stream(**asked(text))["stream"]
        return "".join(event["contentBlockDelta"]["delta"]["text"] for event in stream if "contentBlockDelta" in event)

    with client(url) as made:
        return in_threads(ask, questions)
