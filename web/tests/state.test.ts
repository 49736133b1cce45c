import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Turn } from '../src/model/conversation';
import { followKept } from '../src/state/address';
import { correct, deleteTurn, renameSpeaker, rewordTurn, writeNote } from '../src/state/editing';
import { filter, found, narrow, nextFound, nextLeastCertain, orderBy } from '../src/state/filters';
import { edited, forgetEdits, markUnkept, nextRedo, nextUndo, redo, undo } from '../src/state/history';
import { fromRecord, toRecord } from '../src/state/kept';
import { mayLeave, leaveQuestion, wouldLose } from '../src/state/leaving';
import { reopenLive, session, streamState } from '../src/state/live';
import { chooseLabels } from '../src/state/labels';
import { notices } from '../src/state/notices';
import { ASKED, asked } from '../src/state/settings';
import {
  changeConversation,
  closeTalk,
  conversation,
  openTalk,
  screen,
  selected,
  type Talk,
  talk,
  turns,
} from '../src/state/talk';
import { ANGER, JOY, LABELS, NEUTRAL, turn } from './turns';

const TURNS = [turn(1, 'Ann', NEUTRAL), turn(2, 'Bo', [0.1, 0.35, 0.55]), turn(3, 'Ann', JOY), turn(4, 'Bo', ANGER)];

function opened(part: Partial<Talk> = {}, said: Turn[] = TURNS): Talk {
  return {
    id: '0a',
    kind: 'file',
    name: 'a.txt',
    format: 'text',
    notes: [],
    leftOut: [],
    sources: [],
    conversations: [{ id: 'a', turns: said, status: 'done', note: '' }],
    labels: LABELS,
    labelSet: 'custom',
    model: '',
    began: null,
    ...part,
  };
}

beforeEach(() => {
  forgetEdits();
  openTalk(opened());
});

afterEach(() => {
  closeTalk();
  notices.value = [];
  session.value = null;
  vi.unstubAllGlobals();
});

describe('what was changed', () => {
  it('is still there where a later change was taken back', async () => {
    writeNote('The parcel');
    await correct(1, 'joy');
    await undo();
    expect(conversation.value?.note).toBe('The parcel');
    expect(wouldLose()).toBe(true);
    await undo();
    expect(conversation.value?.note).toBe('');
    expect(wouldLose()).toBe(false);
  });

  it('is one edit of a note, however many letters it took, and another after something else', async () => {
    for (const note of ['T', 'Th', 'The']) writeNote(note);
    await correct(1, 'joy');
    writeNote('The end');
    await undo();
    expect(conversation.value?.note).toBe('The');
    await undo();
    await undo();
    expect([conversation.value?.note, nextUndo.value]).toEqual(['', null]);
    await redo();
    expect(conversation.value?.note).toBe('The');
  });

  it('is lost with what it was kept with, also where nothing is left to undo', () => {
    markUnkept();
    expect(edited.value).toBe(true);
    forgetEdits();
    expect(edited.value).toBe(false);
  });

  it('is asked about in a live talk too, which the browser cannot keep', async () => {
    openTalk(opened({ kind: 'live' }));
    expect(await mayLeave()).toBe(true);
    writeNote('Call back');
    const asked = mayLeave();
    expect(leaveQuestion.value).toMatchObject({ keepable: false });
    leaveQuestion.value?.answer('stay');
    expect(await asked).toBe(false);
  });
});

describe('what is kept', () => {
  const source = { name: 'x.txt', data: new Blob(['Ann: hi\nBo: caf\xe9\n']), choices: { encoding: 'cp1252' } };
  const leftOut = [{ source, nSkipped: 1, skipped: ['x.txt:2'], columns: [] }];

  it('has its files, with what of them was left out', async () => {
    const record = structuredClone(toRecord(opened({ sources: [source], leftOut }), ASKED, null, 5));
    const back = fromRecord(record);
    expect(back.leftOut).toMatchObject([{ nSkipped: 1, skipped: ['x.txt:2'] }]);
    expect(back.leftOut[0]?.source).toBe(back.sources[0]);
    expect(back.sources[0]?.choices).toEqual({ encoding: 'cp1252' });
    expect(await back.sources[0]?.data.text()).toBe('Ann: hi\nBo: caf\xe9\n');
    expect(record.bytes).toBeGreaterThan(source.data.size);
  });

  it('waits again where it was being recognised', () => {
    const half = opened();
    const conversations = half.conversations.map((one) => ({ ...one, status: 'working' as const }));
    expect(fromRecord(toRecord({ ...half, conversations }, ASKED, null, 5)).conversations[0]?.status).toBe('waiting');
  });

  it('leaves what is open where there is none at an address', async () => {
    await correct(1, 'joy');
    screen.value = 'start';
    await followKept('0b');
    expect(notices.value.map(({ title }) => title)).toEqual(['The conversation at this link was not saved.']);
    expect([talk.value?.id, nextUndo.value]).toEqual(['0a', 'Turn 1: joy']);
  });
});

describe('looking for turns', () => {
  it('goes to the strongest of an emotion, and on in that order', () => {
    orderBy('anger');
    expect(found.value).toEqual([3, 1, 2, 0]);
    expect(selected.value).toBe(3);
    nextFound(1);
    nextFound(1);
    expect(selected.value).toBe(2);
    nextFound(-1);
    expect(selected.value).toBe(1);
    orderBy('');
    expect([found.value, filter.value.order]).toEqual([null, '']);
  });

  it('goes to the least certain of those that match', () => {
    narrow({ speaker: 'Ann' });
    nextLeastCertain();
    expect(selected.value).toBe(2);
    nextLeastCertain();
    expect(selected.value).toBe(0);
  });
});

describe('a live talk that is said again', () => {
  it('keeps when its turns came, and its note', async () => {
    const sent: Record<string, unknown>[] = [];
    const detail = { title: 'call', created_at: '2026-01-01T00:00:00Z', labels: LABELS, label_set: 'custom', utterances: [] };
    vi.stubGlobal('document', { baseURI: 'http://127.0.0.1/' });
    vi.stubGlobal('WebSocket', class { close() {} });
    vi.stubGlobal('fetch', async (url: URL, init: RequestInit) => {
      if (url.pathname.endsWith('/utterances')) sent.push(JSON.parse(String(init.body)));
      return new Response(init.method === 'DELETE' ? null : JSON.stringify({ ...detail, id: '0c' }), {
        status: init.method === 'DELETE' ? 204 : 200,
      });
    });
    const said = [turn(1, 'Ann', JOY, { receivedAt: 1000 }), turn(2, 'Bo', JOY, { receivedAt: 1004.5 })];
    openTalk(opened({ kind: 'live' }, said));
    session.value = { ...detail, id: '0a', expires_at: null, context: null, min_probability: 0, n_utterances: 2 };
    writeNote('Call back');
    await reopenLive();
    expect(sent.map(({ text, start }) => [text, start])).toEqual([
      ['text 1', 0],
      ['text 2', 4.5],
    ]);
    expect([talk.value?.id, talk.value?.began, conversation.value?.note]).toEqual(['0c', 1000, 'Call back']);
    // What was done before cannot be taken back in another session, but is not kept either.
    expect([nextUndo.value, edited.value]).toEqual([null, true]);
  });
});

describe('another label set', () => {
  /** What a service would say: every turn has the first label that is asked for. */
  function serve(sessions: Map<string, Record<string, unknown>[]>): void {
    const words = (body: { labels: string[] | null }) => body.labels ?? LABELS;
    const answer = (labels: string[]) => ({ ...TURNS[0]?.answer, probabilities: Object.fromEntries(labels.map((one) => [one, 0.5])) });
    const shared = { title: 'call', created_at: '2026-01-01T00:00:00Z', labels: LABELS, label_set: 'custom' };
    const session = (id: string) => ({ ...shared, id, utterances: sessions.get(id) ?? [] });
    vi.stubGlobal('document', { baseURI: 'http://127.0.0.1/' });
    vi.stubGlobal('WebSocket', class { close() {} });
    vi.stubGlobal('fetch', async (url: URL, init: RequestInit) => {
      const [, , what, id = '', , place, last] = url.pathname.split('/');
      const body = init.body ? JSON.parse(String(init.body)) : null;
      const said = sessions.get(id) ?? [];
      if (what === 'recognize') {
        const conversations = body.conversations.map((one: { id: string; utterances: object[] }) => ({
          id: one.id,
          utterances: one.utterances.map((turn) => ({ ...turn, answer: answer(words(body)) })),
        }));
        return Response.json({ model: 'm', label_set: 'custom', labels: words(body), conversations });
      }
      if (init.method === 'DELETE') sessions.delete(id);
      if (init.method === 'DELETE') return new Response(null, { status: 204 });
      if (id === '') {
        sessions.set(`s${sessions.size}`, []);
        return Response.json({ ...session(`s${sessions.size - 1}`), labels: words(body) });
      }
      if (last === 'correction') Object.assign(said[Number(place) - 1] ?? {}, { correction: body.label });
      else if (init.method === 'POST')
        said.push({ ...body, turn: said.length + 1, status: 'scored', correction: null, received_at: shared.created_at, answer: answer(LABELS) });
      return Response.json(last === 'correction' || init.method === 'POST' ? said.at(-1) : session(id));
    });
  }

  const corrections = () => turns.value.map((one) => one.correction);

  it('takes corrections away with a word, and taken back it gives them again', async () => {
    serve(new Map());
    await correct(1, 'joy');
    const before = turns.value;
    chooseLabels('own', ['glad', 'gloomy']);
    await vi.waitFor(() => expect(notices.value.map(({ title }) => title)).toEqual(['1 correction removed: not in these labels']));
    expect([talk.value?.labels, corrections()]).toEqual([['glad', 'gloomy'], [null, null, null, null]]);
    await undo();
    expect([turns.value, talk.value?.labels, asked.value.labelChoice]).toEqual([before, LABELS, '']);
    expect([notices.value, nextUndo.value]).toEqual([[], 'Turn 1: joy']);
    await redo();
    await vi.waitFor(() => expect(notices.value).toHaveLength(1));
    expect(talk.value?.labels).toEqual(['glad', 'gloomy']);
  });

  it('is no work of a person that leaving would lose', async () => {
    serve(new Map());
    chooseLabels('own', ['glad', 'gloomy']);
    await vi.waitFor(() => expect(talk.value?.labels).toEqual(['glad', 'gloomy']));
    expect([nextUndo.value, edited.value]).toEqual(['Emotions', false]);
  });

  it('is taken back in a live talk too, which is said again', async () => {
    serve(new Map());
    openTalk(opened({ kind: 'live' }));
    const created = { created_at: '2026-01-01T00:00:00Z', expires_at: null };
    const how = { labels: LABELS, label_set: 'custom', context: null, min_probability: 0 };
    session.value = { id: 'old', title: 'call', ...created, ...how, n_utterances: 4 };
    changeConversation(0, { turns: turns.value.map((one, at) => (at === 1 ? { ...one, correction: 'joy' } : one)) });
    chooseLabels('own', ['glad', 'gloomy']);
    await vi.waitFor(() => expect(notices.value.map(({ title }) => title)).toEqual(['1 correction removed: not in these labels']));
    expect(corrections()).toEqual([null, null, null, null]);
    await undo();
    expect([corrections(), asked.value.labelChoice]).toEqual([[null, 'joy', null, null], '']);
    expect(nextRedo.value).toBe('Emotions');
  });
});

describe('a live talk that is changed', () => {
  const asked: [string, string, unknown][] = [];

  beforeEach(() => {
    asked.length = 0;
    vi.stubGlobal('document', { baseURI: 'http://127.0.0.1/' });
    vi.stubGlobal('fetch', async (url: URL, init: RequestInit) => {
      asked.push([init.method ?? 'GET', url.pathname, init.body ? JSON.parse(String(init.body)) : null]);
      return new Response(JSON.stringify({ correction: 'joy', utterances: [] }));
    });
    const said = ['Ann', 'Bo', 'Ann'].map((speaker, at) => turn(at + 1, speaker, JOY, { correction: at === 1 ? 'joy' : null }));
    openTalk(opened({ kind: 'live' }, said));
    const created = { created_at: '2026-01-01T00:00:00Z', expires_at: null };
    const how = { labels: LABELS, label_set: 'custom', context: null, min_probability: 0 };
    session.value = { id: '0a', title: 'call', ...created, ...how, n_utterances: 3 };
    streamState.value = 'open';
  });

  it('changes one turn, and takes that back where others have spoken since', async () => {
    await rewordTurn(2, 'new');
    changeConversation(0, { turns: [...turns.value, turn(4, 'Cy', JOY)] });
    await undo();
    const place = '/v1/sessions/0a/utterances/2';
    expect(asked).toEqual([
      ['PUT', place, { speaker: 'Bo', text: 'new', restore: false }],
      ['PUT', place, { speaker: 'Bo', text: 'text 2', restore: false }],
    ]);
  });

  it('gets a deleted turn back with what a person said of it', async () => {
    await deleteTurn(2);
    await undo();
    const place = '/v1/sessions/0a/utterances/2';
    expect(asked).toEqual([
      ['DELETE', place, null],
      ['PUT', place, { speaker: 'Bo', text: 'text 2', restore: true }],
      ['PUT', `${place}/correction`, { label: 'joy' }],
    ]);
  });

  it('changes every turn of a speaker who gets another name, and no other', async () => {
    await renameSpeaker('Ann', 'Dana');
    expect(asked.map(([method, path]) => [method, path])).toEqual([
      ['PUT', '/v1/sessions/0a/utterances/1'],
      ['PUT', '/v1/sessions/0a/utterances/3'],
    ]);
  });
});
