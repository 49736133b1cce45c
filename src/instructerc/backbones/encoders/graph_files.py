"""An exported graph whose largest tensors stand in files beside it, so that no file is too large to be hosted."""

from __future__ import annotations

from pathlib import Path

from instructerc.errors import ModelError

MAX_FILE_BYTES = 30_000_000
# For the graph itself, whose operators and small tensors stay in it.
_GRAPH_ROOM = 2_000_000


def split_graph(path: Path, most_bytes: int = MAX_FILE_BYTES) -> list[Path]:
    """Moves the largest tensors of a graph that is too large into files `weights-1.bin` and so on; returns these.

    Args:
        path: of the ONNX file; one that is small enough stays as it is.
        most_bytes: of a file.

    Raises:
        ModelError: a tensor that is larger than a file may be.
    """
    if path.stat().st_size <= most_bytes:
        return []
    import onnx
    from onnx.external_data_helper import set_external_data

    model = onnx.load(str(path))
    left = path.stat().st_size
    room: list[int] = []
    for tensor in sorted(model.graph.initializer, key=lambda one: -len(one.raw_data)):
        size = len(tensor.raw_data)
        if left <= most_bytes - min(_GRAPH_ROOM, most_bytes // 10):
            break
        if size > most_bytes:
            raise ModelError(
                f"tensor {tensor.name} has {size} bytes, a file may have {most_bytes}; choose a base with fewer pieces "
                "in its vocabulary"
            )
        place = next((number for number, free in enumerate(room) if free >= size), len(room))
        if place == len(room):
            room.append(most_bytes)
        room[place] -= size
        left -= size
        set_external_data(tensor, f"weights-{place + 1}.bin")
    files = [path.with_name(f"weights-{number + 1}.bin") for number in range(len(room))]
    # Tensors are added to what is there.
    for file in files:
        file.unlink(missing_ok=True)
    onnx.save_model(model, str(path))
    return files
