"""Why a turn was answered so: the request, and what earlier turns and words do to the answer."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from instructerc.serving.contract.schemas.conversations import Choices, ConversationIn
from instructerc.serving.contract.schemas.fields import (
    MAX_LABELS,
    Label,
    Probability,
    Schema,
    TurnCount,
    TurnNumber,
    example,
)


class ExplainRequest(Schema):
    """A turn whose answer is to be explained."""

    model_config = example(
        conversation={
            "utterances": [
                {"speaker": "Ann", "text": "My parcel is late again."},
                {"speaker": "Bo", "text": "I am sorry, I will send a new one today."},
            ]
        },
        turn=2,
    )

    conversation: ConversationIn
    turn: TurnNumber = Field(description="Counted from 1; later turns are not read.", examples=[1])
    label: Label | None = Field(None, description="The label to explain; default: the most probable one.")
    labels: Annotated[list[Label], Field(min_length=2, max_length=MAX_LABELS)] | Label | None = Field(
        None, description="As in /v1/recognize.", examples=["meld"]
    )
    context: TurnCount | None = Field(None, description="As in /v1/recognize.")

    def to_choices(self) -> Choices:
        """Returns how the turn is answered."""
        return Choices(labels=self.labels, context=self.context, min_probability=0.0)


class TurnInfluenceOut(Schema):
    """What an earlier turn does to the answer."""

    turn: int
    change: float = Field(description="Probability of the label with the turn, less that without it.")


class WordInfluenceOut(Schema):
    """What a word of the turn does to the answer."""

    start: int = Field(description="Where it begins in the text, in characters (code points) from 0.")
    end: int
    change: float = Field(description="Probability of the label with the word, less that without it.")


class ExplainResponse(Schema):
    """By how much the label's probability falls when one thing is left out; the numbers do not add up."""

    turn: int
    label: str
    probability: Probability
    turns: list[TurnInfluenceOut]
    words: list[WordInfluenceOut]
