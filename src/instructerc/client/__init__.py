"""A client of the live service, synchronous and for asyncio; requires the extra `client`."""

from instructerc.errors import MissingExtra as _MissingExtra
from instructerc.errors import ServiceBusy, ServiceError, Unreachable

try:
    from instructerc.client.asynchronous import AsyncClient, AsyncRemoteSession
    from instructerc.client.stream import Stream
    from instructerc.client.synchronous import Client, RemoteSession
except ModuleNotFoundError as error:
    if (error.name or "").split(".")[0] == "instructerc":
        raise
    raise _MissingExtra("the client", "client") from error

__all__ = [
    "AsyncClient",
    "AsyncRemoteSession",
    "Client",
    "RemoteSession",
    "ServiceBusy",
    "ServiceError",
    "Stream",
    "Unreachable",
]
