"""Reading a suite: a folder of YAML files, one a capability."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from instructerc.compat.yaml_text import load_yaml
from instructerc.conversation import Conversation, Utterance
from instructerc.errors import InputError, did_you_mean, reason_of
from instructerc.evaluation.behaviour.changes import CHANGES

Kind = Literal["MFT", "INV", "DIR"]
Part = Literal["dev", "test"]

MARGIN = 0.1
_FILE_KEYS = ("capability", "about", "mft", "inv", "dir", "base")
_CASE_KEYS: Mapping[str, tuple[str, ...]] = {
    "mft": ("id", "split", "conversation", "target", "expect", "not"),
    "dir": ("id", "split", "conversation", "becomes", "label", "direction", "margin"),
    "base": ("id", "split", "conversation"),
    "inv": ("change", "over"),
}


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that a model either does or does not.

    Attributes:
        id: of the case; of an invariance, with its change and turn.
        capability: which ability it is a check of.
        kind: MFT, the answer is one of `expect` and none of `reject`; INV, it is the same with and without a change;
            DIR, a change moves the probability of `label`.
        split: `dev` may choose a model, `test` judges it.
        conversation: what is read.
        target: which turn is asked about, from 0.
        expect: accepted labels; empty where only some are rejected.
        reject: labels that are wrong.
        changed: the conversation after the change; None for MFT.
        change: name of an invariance's change.
        label: whose probability must move.
        rises: whether up.
        margin: by how much at least, as a probability.
    """

    id: str
    capability: str
    kind: Kind
    split: Part
    conversation: Conversation
    target: int
    expect: tuple[str, ...] = ()
    reject: tuple[str, ...] = ()
    changed: Conversation | None = None
    change: str = ""
    label: str = ""
    rises: bool = True
    margin: float = MARGIN


def read_suite(folder: Path, split: str | None = None) -> list[Check]:
    """Returns the checks of a folder's YAML files, in the order of the files' names.

    Args:
        folder: where they are.
        split: whose checks; of both where None.

    Raises:
        InputError: no such folder, a file that is not YAML, or a case that is not as the format wants it.
    """
    files = sorted(folder.glob("*.yaml")) if folder.is_dir() else []
    if not files:
        raise InputError(f"{folder} is not a behaviour suite: give a folder of YAML files, such as tests/behaviour")
    loaded = {path.stem: _load(path) for path in files}
    cases: dict[str, list[Check]] = {"mft": [], "dir": [], "base": []}
    for name, data in loaded.items():
        for key, checks in cases.items():
            checks += [_case(f"{name}.yaml", data.get("capability", ""), key, item) for item in data.get(key, ())]
    ids = [check.id for checks in cases.values() for check in checks]
    if twice := next((id for id in ids if ids.count(id) > 1), None):
        raise InputError(f"case {twice!r} occurs twice in {folder}; give each case a unique id")
    found = [*cases["mft"], *cases["dir"]]
    for name, data in loaded.items():
        for item in data.get("inv", ()):
            found += _invariances(f"{name}.yaml", data["capability"], item, cases)
    chosen = [check for check in found if split in (None, check.split)]
    if not chosen:
        raise InputError(
            f"{folder} holds no case{f' of split {split}' if split else ''}; cases are listed under mft, dir, inv"
        )
    return chosen


def _load(path: Path) -> dict[str, Any]:
    import yaml

    try:
        data = load_yaml(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise InputError(f"behaviour file {path}: {reason_of(error)}") from error
    if not isinstance(data, dict):
        raise InputError(f"behaviour file {path}: expected a mapping with some of {', '.join(_FILE_KEYS)}")
    _check_keys(path.name, data, _FILE_KEYS)
    for key in _CASE_KEYS:
        if not isinstance(data.get(key, []), list):
            raise InputError(f"{path.name}: {key} must be a list of cases")
    if set(data) & {"mft", "inv", "dir"} and not (isinstance(data.get("capability"), str) and data["capability"]):
        raise InputError(f"{path.name}: name the capability that its cases check, as capability: NAME")
    return data


def _check_keys(place: str, data: Any, accepted: Sequence[str]) -> None:
    if not isinstance(data, dict):
        raise InputError(f"{place}: a case is a mapping with the keys {', '.join(accepted)}, got {data!r}")
    for key in data:
        if key not in accepted:
            raise InputError(f"{place}: unknown key {key!r}{did_you_mean(str(key), accepted)}")


def _case(file: str, capability: str, key: str, item: Any) -> Check:
    _check_keys(file, item, _CASE_KEYS[key])
    place = f"{file}: case {item.get('id')!r}"
    if not isinstance(item.get("id"), str) or item.get("split") not in ("dev", "test"):
        raise InputError(f"{place} needs an id, and split: dev or split: test")
    conversation = _conversation(place, item)
    last = len(conversation) - 1
    head = (item["id"], capability)
    if key == "base":
        return Check(*head, "INV", item["split"], conversation, last)
    if key == "dir":
        return _directional(place, head, item, conversation)
    target = item.get("target", last)
    if isinstance(target, bool) or not isinstance(target, int) or not 0 <= target <= last:
        raise InputError(f"{place}: target is {target!r}; its turns are counted from 0 to {last}")
    expect, reject = _labels(place, item, "expect"), _labels(place, item, "not")
    if not expect and not reject:
        raise InputError(f"{place} needs expect: [labels], or not: [labels]")
    return Check(*head, "MFT", item["split"], conversation, target, expect, reject)


def _directional(place: str, head: tuple[str, str], item: Mapping[str, Any], conversation: Conversation) -> Check:
    becomes, label, margin = item.get("becomes"), item.get("label"), item.get("margin", MARGIN)
    if not isinstance(becomes, str) or not isinstance(label, str) or item.get("direction") not in ("rises", "falls"):
        raise InputError(f"{place} needs becomes: TEXT, label: LABEL, and direction: rises or direction: falls")
    if isinstance(margin, bool) or not isinstance(margin, int | float) or not 0 < margin < 1:
        raise InputError(f"{place}: margin is {margin!r}; give a probability between 0 and 1")
    last = conversation.utterances[-1]
    changed = Conversation(conversation.id, [*conversation.utterances[:-1], Utterance(last.speaker, becomes)])
    return Check(
        *head, "DIR", item["split"], conversation, len(conversation) - 1,
        changed=changed, label=label, rises=item["direction"] == "rises", margin=float(margin),
    )  # fmt: skip


def _conversation(place: str, item: Mapping[str, Any]) -> Conversation:
    turns = item.get("conversation")
    if not isinstance(turns, list) or not turns:
        raise InputError(f"{place} needs a conversation: a list of {{speaker, text}}")
    utterances = []
    for turn in turns:
        if not isinstance(turn, dict) or set(turn) != {"speaker", "text"}:
            raise InputError(f"{place}: a turn is {{speaker: NAME, text: WORDS}}, got {turn!r}")
        try:
            utterances.append(Utterance(turn["speaker"], turn["text"]))
        except InputError as error:
            raise InputError(f"{place}: {error}") from error
    return Conversation(str(item["id"]), utterances)


def _labels(place: str, item: Mapping[str, Any], key: str) -> tuple[str, ...]:
    labels = item.get(key, [])
    labels = [labels] if isinstance(labels, str) else labels
    if not isinstance(labels, list) or not all(isinstance(label, str) for label in labels):
        raise InputError(f"{place}: {key} must be a list of labels, got {labels!r}")
    return tuple(labels)


def _invariances(file: str, capability: str, item: Any, cases: Mapping[str, list[Check]]) -> Iterator[Check]:
    """Yields a check for every turn that a change could reach: all of a base conversation, the target of a case."""
    _check_keys(file, item, _CASE_KEYS["inv"])
    name, over = item.get("change"), item.get("over")
    if name not in CHANGES:
        raise InputError(f"{file}: no change {name!r}{did_you_mean(str(name), CHANGES)}; give {', '.join(CHANGES)}")
    if not isinstance(over, list) or not over or not set(over) <= {"base", "mft"}:
        raise InputError(f"{file}: over is {over!r}; a list of base, mft or both is accepted")
    for source in over:
        for case in cases[source]:
            changed = CHANGES[name](case.conversation)
            pairs = zip(case.conversation.utterances, changed.utterances, strict=True)
            first = next((turn for turn, (old, new) in enumerate(pairs) if old != new), len(changed))
            turns = range(len(changed)) if source == "base" else [case.target]
            for turn in turns:
                if turn >= first:
                    yield Check(
                        f"{case.id}/{name}/{turn + 1}", capability, "INV", case.split, case.conversation, turn,
                        changed=changed, change=name,
                    )  # fmt: skip
