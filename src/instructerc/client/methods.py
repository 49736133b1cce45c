"""Operations as methods: with their parameters and documentation, and with what a client does with the call."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar

from instructerc.serving.contract.schemas.sessions import Session

P = ParamSpec("P")
Built = TypeVar("Built")
Result = TypeVar("Result")
Owner = TypeVar("Owner")
Client = TypeVar("Client")


class SessionHandle(Generic[Client]):
    """A live conversation of a service.

    Args:
        client: asks the service.
        session: the session, or its id.

    Attributes:
        id: of the session.
        info: the session as it was when it was opened or listed; None where only its id is known.
    """

    def __init__(self, client: Client, session: str | Session) -> None:
        self.client = client
        self.id = session if isinstance(session, str) else session.id
        self.info = None if isinstance(session, str) else session


Handle = TypeVar("Handle", bound=SessionHandle[Any])


def method(build: Callable[P, Built], act: Callable[[Owner, Built], Result]) -> Callable[Concatenate[Owner, P], Result]:
    """Returns a method that builds a call and acts on it.

    Args:
        build: an operation; its parameters and docstring are the method's.
        act: gets the method's object and the call.
    """

    @wraps(build)
    def made(self: Owner, /, *arguments: P.args, **options: P.kwargs) -> Result:
        return act(self, build(*arguments, **options))

    _sign(made, list(inspect.signature(build).parameters.values()))
    return made


def session_method(
    build: Callable[Concatenate[str, P], Built], act: Callable[[Handle, Built], Result]
) -> Callable[Concatenate[Handle, P], Result]:
    """Returns a method of a session, as `method` does; the operation's first parameter is the session's id."""

    @wraps(build)
    def made(self: Handle, /, *arguments: P.args, **options: P.kwargs) -> Result:
        return act(self, build(self.id, *arguments, **options))

    _sign(made, list(inspect.signature(build).parameters.values())[1:])
    return made


def _sign(made: Any, parameters: list[inspect.Parameter]) -> None:
    """Makes a method tell its own parameters, where `wraps` tells those of the operation."""
    own = inspect.Parameter("self", inspect.Parameter.POSITIONAL_ONLY)
    made.__signature__ = inspect.Signature([own, *parameters])
