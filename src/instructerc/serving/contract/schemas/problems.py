"""Why a request was refused."""

from __future__ import annotations

from pydantic import Field

from instructerc.serving.contract.schemas.fields import Schema


class Problem(Schema):
    """Why a request was refused."""

    code: str = Field(examples=["queue_full"])
    detail: str = Field(examples=["the queue is full; try again in 2 s"])
    errors: list[dict[str, str]] | None = Field(
        default=None, description="Each invalid field of the request: its place, and what is wrong."
    )
    columns: list[str] | None = Field(
        default=None, description="Columns of the table that cannot be read, to choose from; only of /v1/read."
    )
