"""`/v1/sessions/{id}/stream`: a live conversation over one WebSocket."""

from __future__ import annotations

from fastapi import APIRouter, WebSocket

from instructerc.serving.routes.dependencies import Served
from instructerc.serving.watching.sockets import SocketSession

router = APIRouter()


@router.websocket("/v1/sessions/{session}/stream")
async def stream(socket: WebSocket, session: str, services: Served) -> None:
    """Takes turns, and tells of every turn of the session as it is accepted, scored and corrected."""
    await SocketSession(socket, session, services).serve()
