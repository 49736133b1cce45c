"""What the service is, how it is, and its page."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse, PlainTextResponse

from instructerc.serving.contract.api_page import STYLE, render_api_page
from instructerc.serving.contract.describe import describe_formats, describe_labels, describe_model
from instructerc.serving.contract.refusals import Refused
from instructerc.serving.contract.schemas.about import FormatList, LabelList, ModelList
from instructerc.serving.routes.dependencies import Administers, Reads, Served

PAGE = Path(__file__).parents[1] / "page"

router = APIRouter()


@router.get("/v1/models", tags=["about"])
async def models(services: Served, caller: Reads) -> ModelList:
    """Tells which model answers, with which labels, and how good it was on its test data."""
    return describe_model(services.engine.recognizer, services.model_name)


@router.get("/v1/labels", tags=["about"])
async def labels(caller: Reads) -> LabelList:
    """Tells which label sets can be asked for, with valence, arousal and place on the feeling wheel."""
    return describe_labels()


@router.get("/v1/formats", tags=["about"])
async def formats(caller: Reads) -> FormatList:
    """Tells which file formats /v1/read reads."""
    return describe_formats()


@router.get("/healthz", tags=["health"])
async def health() -> dict[str, str]:
    """Answers that the process runs."""
    return {"status": "ok"}


@router.get("/readyz", tags=["health"], responses={503: {}})
def ready(services: Served) -> JSONResponse:
    """Returns whether requests can be served: workers run, the database answers, nothing is being shut down."""
    checks = {
        "recognition": services.engine.is_alive,
        "database": services.sessions.keeper.is_alive(),
        "open": not services.is_closing,
    }
    return JSONResponse(checks, 200 if all(checks.values()) else 503)


@router.get("/metrics", tags=["health"], response_class=PlainTextResponse)
async def metrics(services: Served, caller: Administers) -> Response:
    """Gives counters and histograms to Prometheus; needs the scope admin where keys are needed."""
    return Response(services.metrics.render(), media_type="text/plain; version=0.0.4; charset=utf-8")


@router.get("/docs", include_in_schema=False)
async def docs(request: Request) -> HTMLResponse:
    """Describes the API for people; it needs no network and no script."""
    return HTMLResponse(render_api_page(request.app.openapi()), headers={"Cache-Control": "no-cache"})


@router.get("/docs/style.css", include_in_schema=False)
async def docs_style() -> FileResponse:
    """Gives the style of `/docs`."""
    return FileResponse(STYLE, media_type="text/css", headers={"Cache-Control": "no-cache"})


@router.get("/", include_in_schema=False)
async def page() -> FileResponse:
    """Gives the page."""
    index = PAGE / "index.html"
    if not index.is_file():
        raise Refused(404, "not_found", "the page has not been built in this checkout; build it with `make page`")
    return FileResponse(index, headers={"Cache-Control": "no-cache"})
