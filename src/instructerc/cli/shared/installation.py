"""What this installation consists of, found without importing anything heavy that is not part of the base."""

from __future__ import annotations

import importlib
import importlib.util
import os
import platform
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from instructerc import __version__
from instructerc.digests import file_sha256
from instructerc.errors import InstructERCError, one_line

if TYPE_CHECKING:
    from packaging.requirements import Requirement

DISTRIBUTION = "instructerc"
REINSTALL = "pip install --force-reinstall instructerc"
# Imported to find out: compiled packages that are installed and still cannot be loaded are a common fault.
BASE_MODULES = ("numpy", "onnxruntime", "packaging", "tokenizers", "yaml", "rich", "typer")
# Instructions that multiply 8-bit integers, by their names in /proc/cpuinfo of x86 and ARM.
INT8_INSTRUCTIONS = ("avx512_vnni", "avx_vnni", "amx_int8", "i8mm", "asimddp")


@dataclass(frozen=True, slots=True)
class Extra:
    """An optional part.

    Attributes:
        missing: its requirements that are not met.
        install: the line that meets them.
    """

    name: str
    missing: tuple[str, ...]
    install: str


@dataclass(slots=True)
class Installation:
    """What was found.

    Attributes:
        facts: about the machine, Python, torch and the model, for a person.
        packages: version of each requirement of the base install; None where it is not installed.
        extras: the optional parts.
        problems: what keeps recognition from working, each with what mends it.
    """

    facts: dict[str, str] = field(default_factory=dict)
    packages: dict[str, str | None] = field(default_factory=dict)
    extras: list[Extra] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """Returns it as what JSON can hold, with `ok`."""
        return asdict(self) | {"ok": not self.problems}


def inspect_installation() -> Installation:
    """Returns what is installed; nothing that is wrong with it is raised."""
    found = Installation()
    found.facts["instructerc"] = __version__
    found.facts["python"] = f"{platform.python_version()} on {platform.platform()}"
    found.facts["cpu"] = _cpu()
    found.facts["torch"] = _torch()
    _check_packages(found)
    for module in BASE_MODULES:
        try:
            importlib.import_module(module)
        except Exception as error:
            found.problems.append(f"{module} cannot be loaded ({_line(error)}): {REINSTALL}")
    _check_model(found)
    return found


def _check_packages(found: Installation) -> None:
    try:
        requirements = metadata.requires(DISTRIBUTION) or []
    except metadata.PackageNotFoundError:
        found.facts["instructerc"] += ", used from its source and not installed: pip install -e ."
        found.packages = {name: _version(name) for name in ("numpy", "onnxruntime", "tokenizers")}
        return
    try:
        from packaging.requirements import Requirement
    except ModuleNotFoundError:
        return  # a problem that is told with the other modules of the base
    every = [Requirement(requirement) for requirement in requirements]
    for requirement in _of_extra("", every):
        found.packages[requirement.name] = version = _version(requirement.name)
        if not _is_met(requirement):
            found.problems.append(f"{_plain(requirement)} is required, found {version or 'nothing'}: {REINSTALL}")
    for extra in sorted(metadata.metadata(DISTRIBUTION).get_all("Provides-Extra") or []):
        missing = tuple(_plain(requirement) for requirement in _of_extra(extra, every) if not _is_met(requirement))
        found.extras.append(Extra(extra, missing, f"pip install '{DISTRIBUTION}[{extra}]'"))


def _of_extra(extra: str, requirements: Sequence[Requirement]) -> Iterator[Requirement]:
    """Yields the requirements of an extra, and of the extras that it includes; of the base where it is empty."""
    for requirement in requirements:
        in_base, wanted = (
            requirement.marker is None or requirement.marker.evaluate({"extra": name}) for name in ("", extra)
        )
        if wanted and in_base == (extra == ""):
            if requirement.name != DISTRIBUTION:
                yield requirement
                continue
            for included in sorted(requirement.extras):
                yield from _of_extra(included, requirements)


def _check_model(found: Installation) -> None:
    """Checks that the model that is shipped is there, undamaged, and answers."""
    try:
        from instructerc.backbones.settings import read_settings
        from instructerc.conversation import Conversation, Utterance
        from instructerc.recognition import Recognizer, embedded_model

        folder = embedded_model()
        settings = read_settings(folder)
        damaged = [name for name, digest in settings.sha256.items() if not _has_digest(folder / name, digest)]
        if damaged:
            found.problems.append(f"the embedded model is damaged ({', '.join(damaged)}): {REINSTALL}")
            return
        labels = ", ".join(settings.label_set.names)
        found.facts["model"] = f"embedded, recipe {settings.recipe or 'unknown'}; sha256 correct; {labels}"
        found.facts["quality"] = _quality(settings.figures)
        Recognizer.from_pretrained().recognize(Conversation("doctor", [Utterance("Ann", "We won!")]))
    except InstructERCError as error:
        found.problems.append(f"the embedded model cannot be used ({_line(error)}): {REINSTALL}")
    except Exception as error:
        found.problems.append(f"recognition fails ({_line(error)}): {REINSTALL}")


def _quality(figures: Mapping[str, float]) -> str:
    """Returns how good a model was on development data, in words: `weighted F1 … on everyday 52.7 %`."""
    prefix, rounded = "dev_weighted_f1_", "dev_weighted_f1_float32"
    each = [
        f"{name.removeprefix(prefix)} {100 * value:.1f} %"
        for name, value in figures.items()
        if name.startswith(prefix) and not name.startswith(rounded)
    ]
    if "dev_weighted_f1" not in figures:
        return "not measured"
    mean = f"{100 * figures['dev_weighted_f1']:.1f} %"
    return (
        f"weighted F1 on development data: {', '.join(each)}; their mean {mean}"
        if each
        else (f"weighted F1 on development data: {mean}")
    )


def _has_digest(path: Path, digest: str) -> bool:
    return path.is_file() and file_sha256(path) == digest


def _cpu() -> str:
    n_cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    try:
        words = set(Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").split())
    except OSError:
        return f"{platform.machine()}, {n_cores} core(s), int8 instructions unknown"
    known = [name for name in INT8_INSTRUCTIONS if name in words]
    speed = f"int8 instructions: {', '.join(known)}" if known else "no int8 instructions: the model runs, but slower"
    return f"{platform.machine()}, {n_cores} core(s), {speed}"


def _torch() -> str:
    """Returns the version and build of torch, read from its files: importing it takes seconds."""
    version = _version("torch")
    spec = importlib.util.find_spec("torch") if version else None
    if spec is None or not spec.origin:
        return "not installed; recognition does without it"
    about = Path(spec.origin).with_name("version.py")
    text = about.read_text(encoding="utf-8") if about.is_file() else ""
    cuda = re.search(r"^cuda\b[^=]*=\s*['\"]([\d.]+)['\"]", text, re.MULTILINE)
    hip = re.search(r"^hip\b[^=]*=\s*['\"]([\w.]+)['\"]", text, re.MULTILINE)
    return f"{version}, built for {'CUDA ' + cuda[1] if cuda else 'ROCm ' + hip[1] if hip else 'CPU only'}"


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _plain(requirement: Requirement) -> str:
    """Returns a requirement as `pip install` takes it, without what says where it holds."""
    return str(requirement).split(";")[0].strip()


def _is_met(requirement: Requirement) -> bool:
    version = _version(requirement.name)
    return version is not None and requirement.specifier.contains(version, prereleases=True)


def _line(error: Exception) -> str:
    return one_line(error, 200) or type(error).__name__
