"""The paper's tables as data: which recipes run on which corpora, and the published figures."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from instructerc.corpora import corpora
from instructerc.errors import LabelError, RecipeError, did_you_mean
from instructerc.labels import load_label_set
from instructerc.training.yaml_model import load_yaml_model

Percent = Annotated[float, Field(ge=0, le=100)]
Count = Annotated[int, Field(ge=1)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Published(_Section):
    """What somebody printed of a row."""

    backbone: str = Field(description="as the source names it")
    source: str = Field(description="paper or repository, and the table in it")
    weighted_f1: dict[str, Percent] = Field(description="in percent, by corpus")


class TableCorpus(_Section):
    """A corpus that the rows are run on."""

    name: str = Field(description="name of a corpus that `corpora.load_corpus` reads; its folder is data/NAME")
    label_set: str = Field(description="a shipped name or a YAML file")
    test: str = Field("", description="which test split it is, for a reader")
    max_tokens: Count | None = Field(None, description="window of a prompt, where it is another than the recipe's")
    batch_size: Count | None = Field(None, description="trunks per update, where it is another than the recipe's")
    on_request: bool = Field(False, description="run only where it is asked for by name")

    @field_validator("name")
    @classmethod
    def _known_corpus(cls, value: str) -> str:
        if value not in corpora():
            raise ValueError(f"no corpus {value!r}{did_you_mean(value, corpora())}; there are {', '.join(corpora())}")
        return value

    @field_validator("label_set")
    @classmethod
    def _known_label_set(cls, value: str) -> str:
        try:
            load_label_set(value)
        except LabelError as error:
            raise ValueError(str(error)) from error
        return value


class TableRow(_Section):
    """One experiment: changes to the table's recipe."""

    name: str = Field(min_length=1)
    about: str = Field("", description="a phrase for a reader")
    recipe: str | None = Field(None, description="another recipe than the table's")
    stages: Annotated[list[str], Field(min_length=1)] | None = Field(
        None, description="stages that are run, by name; all where absent"
    )
    joint: bool = Field(False, description="one model is trained on all corpora, and tested on each")
    batch_size: Count | dict[str, Count] | None = Field(None, description="trunks per update, for all or by corpus")
    set: list[str] = Field([], description="KEY=VALUE changes, as of `--set`; stages count as in the whole recipe")
    kinds: list[str] = Field([], description="kinds of backbone that the row is about; every kind where empty")
    oracle: bool = Field(False, description="test demonstrations are chosen by the test labels: an upper bound")
    published: list[Published] = []


class Table(_Section):
    """A table: rows by corpora."""

    name: str = Field(description="as the file without its ending")
    title: str
    recipe: str = Field(description="a shipped recipe by name, or a file of one's own")
    reference: str | None = Field(None, description="row that the others are compared with")
    corpora: Annotated[list[TableCorpus], Field(min_length=1)]
    set: list[str] = Field([], description="changes for all rows, before each row's own")
    rows: Annotated[list[TableRow], Field(min_length=1)]
    notes: list[str] = Field([], description="sentences that stand under the table")

    @model_validator(mode="after")
    def _fits_together(self) -> Table:
        faults = []
        rows, known = [row.name for row in self.rows], [corpus.name for corpus in self.corpora]
        for what, names in (("rows", rows), ("corpora", known)):
            if len(set(names)) < len(names):
                faults.append(f"two {what} have the same name: {', '.join(names)}")
        if self.reference is not None and self.reference not in rows:
            faults.append(f"reference: no row {self.reference!r}{did_you_mean(self.reference, rows)}")
        for row in self.rows:
            named = {name for printed in row.published for name in printed.weighted_f1}
            named |= set(row.batch_size) if isinstance(row.batch_size, dict) else set()
            faults += [
                f"row {row.name!r}: no corpus {name!r}{did_you_mean(name, known)}"
                for name in sorted(named - set(known))
            ]
        if faults:
            raise ValueError("; ".join(faults))
        return self


# The tables that `reproduce all` runs, in this order: each row answers whether an idea of the paper helps.
ALL = ("ablation", "window", "alpha", "pairing", "speakers", "shares", "unified", "context")


def recipes_folder() -> Path:
    """Returns the folder of the shipped recipes: inside an installed package, else of the checkout."""
    packaged = Path(str(resources.files("instructerc"))) / "recipes"
    return packaged if packaged.is_dir() else Path(__file__).parents[3] / "recipes"


def shipped_tables() -> tuple[str, ...]:
    """Returns the names of the shipped tables."""
    return tuple(sorted(path.stem for path in (recipes_folder() / "tables").glob("*.yaml")))


def recipe_path(source: str) -> Path:
    """Returns the file of a shipped recipe by name, or the path itself where it names a YAML file."""
    path = Path(source)
    return path if path.suffix in {".yaml", ".yml"} else recipes_folder() / f"{source}.yaml"


def load_table(source: str) -> Table:
    """Returns a shipped table by name, or the one in a YAML file.

    Raises:
        RecipeError: none of these; else every fault of it at once, with its line and the nearest name.
    """
    path = Path(source)
    if path.suffix not in {".yaml", ".yml"}:
        names = shipped_tables()
        if source not in names:
            raise RecipeError(
                f"no table {source!r}{did_you_mean(source, names)}; give one of {', '.join(names)}, or a YAML file"
            )
        path = recipes_folder() / "tables" / f"{source}.yaml"
    return load_yaml_model(Table, path, "table")
