"""A request to a service as data, and how its answer is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from instructerc.errors import InputError

T = TypeVar("T")
Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """A request, and how its answer is read.

    Attributes:
        method: HTTP method.
        path: of the service, without its address.
        read: returns the result from the answer's body.
        body: as it is sent, with its media type; None for no body.
        query: parameters of the address.
        headers: of the request, besides those of every request.
        repeatable: whether sending it twice does no more than sending it once.
        answers: statuses besides the successful ones whose body is read as an answer.
    """

    method: str
    path: str
    read: Callable[[bytes], T]
    body: tuple[str, bytes] | None = None
    query: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    repeatable: bool = True
    answers: tuple[int, ...] = ()

    def arguments(self) -> dict[str, Any]:
        """Returns the arguments of an HTTP library's `request` or `stream`."""
        kind, content = self.body or (None, None)
        headers = self.headers if kind is None else {**self.headers, "Content-Type": kind}
        return {"method": self.method, "url": self.path, "params": self.query, "headers": headers, "content": content}


def build_body(model: type[Model], **values: Any) -> Model:
    """Returns a part of a request.

    Raises:
        InputError: it would be refused.
    """
    try:
        return model(**values)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise InputError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None


def as_json(body: BaseModel) -> tuple[str, bytes]:
    """Returns a body as it is sent, with its media type."""
    # Without defaults: a service of another version knows its own.
    return "application/json", body.model_dump_json(exclude_defaults=True).encode()


def answer(model: type[Model]) -> Callable[[bytes], Model]:
    """Returns how an answer's body is read as a model."""
    # A newer service may tell more than this version knows.
    return lambda content: model.model_validate_json(content, extra="ignore")


def no_answer(_: bytes) -> None:
    """Reads the body of an answer that has none."""
