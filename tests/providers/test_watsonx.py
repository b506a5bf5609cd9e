import json

from exchanges import answered, call, plain

from pytest_altax.records import Usage


def test_a_chat_is_read_as_openais():
    read = call("watsonx_chat")
    assert (read.model, [message.role for message in read.messages]) == (
        "ibm/granite-3-8b-instruct",
        ["system", "user"],
    )
    assert [(choice.text, choice.stop_reason) for choice in read.choices] == [("Hello.", "stop")]
    assert (read.usage, read.settings["temperature"]) == (Usage(20, 4, total=24), 0)


def test_a_generation_has_an_input_and_results():
    read = call("watsonx_generation")
    assert (read.messages[0].text, read.settings) == ("Hello", {"decoding_method": "greedy", "max_new_tokens": 10})
    assert [(choice.text, choice.stop_reason) for choice in read.choices] == [(" world.", "eos_token")]
    assert read.usage == Usage(2, 3)


def test_a_stream_of_a_deployment_is_put_together():
    read = call("watsonx_generation_stream")
    assert (read.model, read.answered_by, read.streaming) == ("d1", "m", True)
    assert [(choice.text, choice.stop_reason) for choice in read.choices] == [(" world.", "max_tokens")]
    assert (read.usage, read.error) == (Usage(2, 3), None)


def test_a_torn_stream_says_so():
    whole = answered(plain("watsonx_generation_stream"))
    read = call("watsonx_generation_stream", got=whole[: whole.index(b"id: 2")])
    assert (read.error, read.choices[0].text) == ("the stream ended early", " wor")


def test_an_error_is_told_and_has_no_choice():
    body = {"errors": [{"code": "model_not_supported", "message": "No such model."}], "status_code": 404}
    read = call("watsonx_generation", got=json.dumps(body).encode())
    assert (read.error, read.choices) == ("No such model.", ())
