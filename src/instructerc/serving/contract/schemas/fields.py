"""What the fields of requests and answers may hold, and the most that a request may send."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from instructerc.conversation import Utterance
from instructerc.errors import InputError

MAX_LABELS = 64
MAX_TURNS = 5_000
MAX_CONVERSATIONS = 1_000
MAX_CHARACTERS = 20_000
SESSION_ID = "^[0-9a-f]{1,32}$"


def _text(value: str) -> str:
    try:
        Utterance("x", value)
    except InputError as error:
        raise ValueError(str(error)) from None
    return value


def _name(value: str) -> str:
    if not value.strip():
        raise ValueError("it is blank; give at least one character")
    return _text(value)


def _whole(value: object) -> object:
    # To JSON Schema 4.0 is an integer.
    return int(value) if isinstance(value, float) and value.is_integer() else value


# What the validators check is said to readers of the document too.
_TEXT = {"pattern": r"^[^\u0000]*$"}
_NAME = {"pattern": r"^[^\u0000]*[^\s\u0000][^\u0000]*$"}
Text = Annotated[str, Field(max_length=MAX_CHARACTERS, json_schema_extra=_TEXT), AfterValidator(_text)]
Name = Annotated[str, Field(min_length=1, max_length=200, json_schema_extra=_NAME), AfterValidator(_name)]
Title = Annotated[str, Field(max_length=200, json_schema_extra=_TEXT), AfterValidator(_text)]
Key = Annotated[str, Field(min_length=1, max_length=100, json_schema_extra=_TEXT), AfterValidator(_text)]
TurnNumber = Annotated[int, Field(ge=1, le=MAX_TURNS), BeforeValidator(_whole)]
TurnCount = Annotated[int, Field(ge=0, le=200), BeforeValidator(_whole)]
Seconds = Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False, description="Seconds since the recording began.")]
Probability = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Label = Annotated[str, Field(min_length=1, max_length=80, json_schema_extra=_NAME), AfterValidator(_name)]


class Schema(BaseModel):
    """What every request and answer is: nothing but its fields, and each of its own type."""

    model_config = ConfigDict(extra="forbid", strict=True)


def example(**fields: Any) -> ConfigDict:
    """Returns the configuration of a model with an example of it, for the OpenAPI document."""
    return ConfigDict(json_schema_extra={"examples": [fields]})
