"""`/v1/sessions/{id}/stream`: a live conversation over one WebSocket."""

from __future__ import annotations

from fastapi import APIRouter, WebSocket, WebSocketDisconnect

from instructerc.serving.problems import Refused, as_refused
from instructerc.serving.schemas import StreamProblem
from instructerc.serving.security import bearer, check_host, check_origin
from instructerc.serving.streams import POLICY, SocketSession, identify

router = APIRouter()


@router.websocket("/v1/sessions/{session}/stream")
async def stream(socket: WebSocket, session: str) -> None:
    """Takes turns, and tells of every turn of the session as it is accepted, scored and corrected."""
    state = socket.app.state
    try:
        check_host(socket, state.settings)
        check_origin(socket, state.settings)
        state.streams.open()
    except Refused:
        # Before it is accepted, closing is all that a WebSocket can say: the client sees 403.
        await socket.close(POLICY)
        return
    try:
        await socket.accept()
        caller = await identify(socket, state.gate, bearer(socket.headers))
        for scope in ("read", "write"):
            state.gate.check(caller, scope)
        await state.service.get(caller.sees, session, 1_000_000)
        await SocketSession(socket, state.service, state.gate, caller, session).run()
    except WebSocketDisconnect:
        return
    except Exception as error:
        refused = as_refused(error)
        if refused is None:
            raise
        problem = StreamProblem(status=refused.status, code=refused.code, detail=refused.detail)
        await socket.send_text(problem.model_dump_json())
        await socket.close(POLICY)
    finally:
        state.streams.close()
