"""How a backbone is loaded, read and adapted: the fields of a recipe, and what backbones are made with."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from instructerc.backbones.base import Dtype
from instructerc.backbones.registry import trained_kinds
from instructerc.errors import did_you_mean


class AdapterOptions(BaseModel):
    """Which weights of a language model are trained; defaults as the paper's (section 4.3)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    method: Literal["lora", "dora", "ia3", "prefix", "full"] = Field(default="lora", description="full: all parameters")
    rank: int = Field(default=16, ge=1, description="of LoRA and DoRA")
    alpha: int = Field(default=16, ge=1, description="their scale is alpha / rank")
    dropout: float = Field(default=0.05, ge=0, lt=1, description="on their input")
    targets: tuple[str, ...] = Field(default=(), description="linear modules; query, key and value where empty")
    virtual_tokens: int = Field(default=20, ge=1, description="of prefix tuning")


class BackboneOptions(BaseModel):
    """A backbone: its kind, its base weights, and how it is read."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: str = Field(default="encoder", description="a kind of backbone that is trained")
    base: str = Field(description="base weights: a hub name, a folder, a GGUF file, or a name out of a package")
    max_tokens: int = Field(default=512, ge=16, description="window of a prompt, in tokens")
    adapter: AdapterOptions = Field(
        default=AdapterOptions.model_validate({}), description="of causal and seq2seq backbones"
    )
    start_from: str | None = Field(
        default=None,
        description="model with the same base that training goes on from: a folder, or a name such as small; of an "
        "exported model, what its int8 weights stand for",
    )
    dtype: Dtype = Field(
        default="float32", description="of a language model's base weights; float16 for a GPU without bfloat16"
    )
    quantisation: Literal["none", "nf4"] = Field(
        default="none", description="nf4 holds base weights in 4 bits (QLoRA, Dettmers et al. 2023); needs bitsandbytes"
    )
    gradient_checkpointing: bool = Field(default=False, description="less memory for more time")
    chat: bool = Field(default=False, description="prompts go through the model's chat template")
    end_token: str | None = Field(default=None, description="ends each option; the tokenizer's own where absent")
    packing: Literal["auto", "packed", "cached", "flat"] = Field(
        default="auto", description="auto packs where the model can"
    )
    row_tokens: int = Field(
        default=1024, ge=16, description="tokens of a packed row or flat batch: what memory has to hold"
    )
    length_normalised: bool = Field(default=False, description="mean instead of sum over an option's tokens")
    attention: Literal["sdpa", "eager", "flex_attention"] = Field(
        default="sdpa", description="sdpa is eager for a model that does not have it; flex_attention needs a GPU"
    )
    trust_remote_code: bool = Field(default=False, description="let a model run Python code of its own")
    pickle_weights: bool = Field(default=False, description="read weights from pickle files, which can run code")
    revision: str | None = Field(default=None, description="branch, tag or commit of the base on the hub")

    @field_validator("kind")
    @classmethod
    def _known_kind(cls, value: str) -> str:
        known = trained_kinds()
        if value not in known:
            raise ValueError(f"no kind {value!r}{did_you_mean(value, list(known))}; there are {', '.join(known)}")
        return value

    @model_validator(mode="after")
    def _possible(self) -> BackboneOptions:
        method = self.adapter.method
        if method == "prefix" and self.gradient_checkpointing:
            raise ValueError("prefix tuning and gradient_checkpointing do not go together; switch one off")
        if method == "full" and self.quantisation != "none":
            raise ValueError("4-bit weights cannot be trained themselves; choose an adapter method other than full")
        if method == "full" and self.dtype == "float16":
            raise ValueError("gradients of float16 weights vanish; choose bfloat16 or float32, or an adapter")
        refused = trained_kinds()[self.kind].refuses
        if any(getattr(self, name) != BackboneOptions.model_fields[name].default for name in refused):
            raise ValueError(f"{' and '.join(refused)} are of language models, not of kind {self.kind}")
        return self
