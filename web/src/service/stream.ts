// The WebSocket of a live conversation: it comes back by itself, and says what it could not deliver.

import { address, currentKey } from './client';
import type { StreamDeletion, StreamProblem, StreamUtterance } from './types';

export interface OutgoingTurn {
  speaker: string;
  text: string;
  key: string;
}

export type StreamState = 'connecting' | 'open' | 'closed';

export interface StreamListener {
  onMessage(message: StreamUtterance | StreamDeletion | StreamProblem): void;
  onState(state: StreamState): void;
}

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;

/** A connection to a session. Turns given while it is down are the caller's to send again when it is open. */
export class Stream {
  private socket: WebSocket | null = null;
  private waitMs = FIRST_WAIT_MS;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private ended = false;

  constructor(
    private readonly session: string,
    private readonly listener: StreamListener,
  ) {
    this.connect();
  }

  /** Returns whether the turn went out. */
  send(turn: OutgoingTurn): boolean {
    if (this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify({ type: 'utterance', ...turn }));
    return true;
  }

  close(): void {
    this.ended = true;
    clearTimeout(this.timer);
    this.socket?.close();
  }

  private connect(): void {
    const url = address(`sessions/${encodeURIComponent(this.session)}/stream`);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    this.listener.onState('connecting');
    const socket = new WebSocket(url);
    this.socket = socket;
    socket.onopen = () => {
      // A browser cannot give a WebSocket a header, so the key is the first message.
      const key = currentKey();
      if (key !== null) socket.send(JSON.stringify({ type: 'auth', key }));
      this.waitMs = FIRST_WAIT_MS;
      this.listener.onState('open');
    };
    socket.onmessage = (event) => this.listener.onMessage(JSON.parse(String(event.data)));
    socket.onclose = () => {
      if (this.ended) return;
      this.listener.onState('closed');
      this.timer = setTimeout(() => this.connect(), this.waitMs);
      this.waitMs = Math.min(this.waitMs * 2, LONGEST_WAIT_MS);
    };
  }
}
