// Requests to the service: one place for addresses, the key, and what to do when the service is busy.

import type {
  Choices,
  ConversationIn,
  ExplainRequest,
  ExplainResponse,
  FormatInfo,
  LabelList,
  ModelInfo,
  Problem,
  ReadChoices,
  ReadResponse,
  RecognizeResponse,
  Session,
  SessionDetail,
  SessionRequest,
  SessionUtterance,
} from './types';

const MAX_TRIES = 8;
const LONGEST_WAIT_S = 60;
const DEFAULT_WAIT_S = 2;
const LONGEST_NAME = 200;

/** What the service, or the way to it, said no with. `status` is 0 where no answer came. */
export class ServiceError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
    readonly fields: Record<string, string>[] = [],
    /** Of a table that cannot be read, to choose from. */
    readonly columns: string[] = [],
  ) {
    super(detail);
  }
}

/** How the page answers what a request cannot: it asks for the key, and shows that it waits. */
export interface Hooks {
  /** Returns a key, or null when the person gives none. */
  askForKey(refused: boolean): Promise<string | null>;
  /** Told before each wait, in seconds. */
  onBusy(seconds: number): void;
  onReady(): void;
}

let hooks: Hooks = { askForKey: async () => null, onBusy: () => {}, onReady: () => {} };
// Kept in memory alone: a reload asks again.
let key: string | null = null;

export function setHooks(given: Hooks): void {
  hooks = given;
}

export function currentKey(): string | null {
  return key;
}

export function forgetKey(): void {
  key = null;
}

/** Returns the address of a path of the API, below wherever the page itself is served. */
export function address(path: string): URL {
  return new URL(`v1/${path}`, document.baseURI);
}

/** Returns seconds from a Retry-After header, which may also be a date. */
export function retryAfter(header: string | null, now: number): number {
  if (header === null) return DEFAULT_WAIT_S;
  const seconds = /^\s*\d+(\.\d+)?\s*$/.test(header) ? Number(header) : (Date.parse(header) - now) / 1000;
  return Number.isFinite(seconds) ? Math.min(Math.max(seconds, 0.5), LONGEST_WAIT_S) : DEFAULT_WAIT_S;
}

function wait(seconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, seconds * 1000);
    signal?.addEventListener('abort', stop, { once: true });
  });
}

async function problemOf(response: Response): Promise<ServiceError> {
  let problem: Partial<Problem> = {};
  try {
    problem = (await response.json()) as Partial<Problem>;
  } catch {
    // Not the service's own answer: a proxy's page, or nothing.
  }
  const detail = problem.detail ?? `the service answered ${response.status} ${response.statusText}`.trim();
  return new ServiceError(response.status, problem.code ?? 'unknown', detail, problem.errors ?? [], problem.columns ?? []);
}

async function send(path: string, init: RequestInit, signal?: AbortSignal): Promise<Response> {
  const headers = new Headers(init.headers);
  if (key !== null) headers.set('Authorization', `Bearer ${key}`);
  try {
    return await fetch(address(path), { ...init, headers, signal: signal ?? null, credentials: 'same-origin' });
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    throw new ServiceError(0, 'unreachable', 'the service does not answer; is it still running?');
  }
}

async function request<T>(path: string, init: RequestInit = {}, signal?: AbortSignal): Promise<T> {
  let tries = 0;
  for (;;) {
    const sentKey = key;
    const response = await send(path, init, signal);
    if (response.ok) return (response.status === 204 ? undefined : await response.json()) as T;
    if (response.status === 401) {
      // Another request may have got the key while this one was under way.
      if (key === sentKey) key = await hooks.askForKey(sentKey !== null);
      if (key !== null) continue;
    } else if ((response.status === 429 || response.status === 503) && ++tries < MAX_TRIES) {
      const seconds = retryAfter(response.headers.get('Retry-After'), Date.now());
      hooks.onBusy(seconds);
      try {
        await wait(seconds, signal);
      } finally {
        hooks.onReady();
      }
      continue;
    }
    throw await problemOf(response);
  }
}

function json(method: string, body: unknown): RequestInit {
  return { method, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) };
}

export function readFile(
  filename: string,
  data: Blob,
  choices: ReadChoices,
  signal?: AbortSignal,
): Promise<ReadResponse> {
  const headers = { 'Content-Type': 'application/octet-stream' };
  // The ending is what tells the format.
  const query = new URLSearchParams({ filename: filename.slice(-LONGEST_NAME), ...choices });
  return request(`read?${query}`, { method: 'POST', headers, body: data }, signal);
}

export function recognize(
  conversations: ConversationIn[],
  choices: Choices,
  signal?: AbortSignal,
): Promise<RecognizeResponse> {
  return request('recognize', json('POST', { conversations, ...choices }), signal);
}

export function explain(asked: ExplainRequest): Promise<ExplainResponse> {
  return request('explain', json('POST', asked));
}

export function fetchLabels(): Promise<LabelList> {
  return request('labels');
}

export async function fetchModels(): Promise<ModelInfo[]> {
  return (await request<{ models: ModelInfo[] }>('models')).models;
}

export async function fetchFormats(): Promise<FormatInfo[]> {
  return (await request<{ formats: FormatInfo[] }>('formats')).formats;
}

export function openSession(choices: SessionRequest): Promise<Session> {
  return request('sessions', json('POST', choices));
}

export async function listSessions(): Promise<Session[]> {
  return (await request<{ sessions: Session[] }>('sessions')).sessions;
}

export function fetchSession(id: string): Promise<SessionDetail> {
  return request(`sessions/${encodeURIComponent(id)}`);
}

export function deleteSession(id: string): Promise<void> {
  return request(`sessions/${encodeURIComponent(id)}`, { method: 'DELETE' });
}

export function correctTurn(id: string, turn: number, label: string | null): Promise<SessionUtterance> {
  return request(`sessions/${encodeURIComponent(id)}/utterances/${turn}/correction`, json('PUT', { label }));
}

export function changeTurn(
  id: string,
  turn: number,
  said: { speaker: string; text: string; restore?: boolean },
): Promise<SessionDetail> {
  return request(`sessions/${encodeURIComponent(id)}/utterances/${turn}`, json('PUT', said));
}

export function deleteTurn(id: string, turn: number): Promise<SessionDetail> {
  return request(`sessions/${encodeURIComponent(id)}/utterances/${turn}`, { method: 'DELETE' });
}

export function sendTurn(
  id: string,
  turn: { speaker: string; text: string; start?: number | null; end?: number | null; key: string | null },
): Promise<SessionUtterance> {
  return request(`sessions/${encodeURIComponent(id)}/utterances`, json('POST', turn));
}
