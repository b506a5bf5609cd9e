"""What the help desk can do: two functions over the shop's orders, and the schemas that tell the model about them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

ORDERS: dict[str, dict[str, str]] = {
    "TP-1042": {"item": "A3 poster, matt", "status": "printed, leaves the shop tomorrow"},
    "TP-1043": {"item": "50 photos 10 x 15 cm", "status": "delivered on Monday"},
    "TP-1051": {"item": "photo book, 48 pages", "status": "waiting for two pictures to be uploaded again"},
}
TICKETS: list[str] = []


def order_status(order_number: str) -> str:
    order = ORDERS.get(order_number.strip().upper())
    return f"{order['item']}: {order['status']}" if order else f"There is no order {order_number}."


def create_ticket(summary: str) -> str:
    TICKETS.append(summary)
    return f"Ticket {len(TICKETS)} is open. A colleague answers by e-mail within one working day."


def schema(name: str, description: str, parameter: str, meaning: str) -> dict[str, Any]:
    properties = {parameter: {"type": "string", "description": meaning}}
    parameters = {"type": "object", "properties": properties, "required": [parameter]}
    return {"type": "function", "function": {"name": name, "description": description, "parameters": parameters}}


FUNCTIONS: dict[str, Callable[..., str]] = {"order_status": order_status, "create_ticket": create_ticket}
SCHEMAS = [
    schema("order_status", "Look up what an order holds and where it is.", "order_number", "TP- and four digits"),
    schema("create_ticket", "Hand the matter to a human colleague.", "summary", "what it is about, one sentence"),
]


def run(name: str, arguments: str) -> str:
    """Call a tool with JSON arguments as the model wrote them; a model's mistake becomes a text it can read."""
    try:
        return FUNCTIONS[name](**json.loads(arguments))
    except (AttributeError, KeyError, TypeError, ValueError) as problem:
        return f"{name} could not be run: {problem}"
