// Files on their way into the page: read by the service, again in another way where a person says so.

import { fromFile } from '../model/conversation';
import { isAudio } from '../model/audio';
import { readFile, ServiceError } from '../service/client';
import type { ReadChoices, ReadResponse } from '../service/types';
import { count, t } from '../words';
import { attachAudio, tellNeedsTranscript } from './audio';
import { forgetEdits } from './history';
import { leaveLive } from './live';
import { type Arrival, mayLeave } from './leaving';
import { clearNotices, tell, tellError, unread, work } from './notices';
import { beginWork, endWork, recognizeWaiting, SUPERSEDED } from './recognising';
import { asked, ASKED } from './settings';
import { type LeftOut, newId, openTalk, screen, type Source, talk } from './talk';

/** Reads files of any format that the package knows, and opens their conversations as one list; sound joins what is open. */
export async function openFiles(files: { name: string; data: Blob }[]): Promise<void> {
  const sounds = files.filter((file) => isAudio(file.name, file.data.type));
  const texts = files.filter((file) => !sounds.includes(file));
  const arrival = texts.length === 0 ? 'there' : await openSources(texts.map((file) => ({ ...file, choices: {} })));
  const sound = sounds[0];
  if (sound && arrival === 'there') attachAudio(sound.name, sound.data);
  if (sound && arrival === 'nowhere') tellNeedsTranscript(sound.name);
}

/** Reads one file again, in another way, beside the others that it came with. */
export async function readAgain(source: Source, choices: ReadChoices): Promise<void> {
  const others = talk.value?.sources ?? [];
  const again = { ...source, choices: { ...source.choices, ...choices } };
  const known = others.some((other) => other.data === source.data);
  await openSources(known ? others.map((other) => (other.data === source.data ? again : other)) : [again]);
}

/** Reads files and opens what is in them; its turns are recognised after that. */
async function openSources(sources: Source[]): Promise<Arrival> {
  clearNotices();
  const what = sources.length === 1 ? (sources[0]?.name ?? '') : count(sources.length, 'file');
  const signal = beginWork(t('Reading {what}', { what }));
  const read: { source: Source; answer: ReadResponse }[] = [];
  for (const source of sources) {
    try {
      read.push({ source, answer: await readFile(source.name, source.data, source.choices, signal) });
    } catch (error) {
      if (signal.aborted) return 'stayed';
      tellUnread(source, error);
    }
  }
  const conversations = read.flatMap(({ answer }) =>
    answer.conversations.map((conversation, place) => fromFile(conversation, answer.gold[place] ?? [])),
  );
  if (conversations.length === 0) {
    for (const { source } of read) tell('problem', t('{file} contains no conversation', { file: source.name }));
    endWork(SUPERSEDED);
    return 'nowhere';
  }
  // Asked once there is something to put in its place.
  work.value = null;
  if (!(await mayLeave())) return 'stayed';
  await leaveLive();
  forgetEdits();
  // What was asked of the file before is not asked of this one; what is chosen on the start page holds for the next one.
  const asks = screen.value === 'start' && talk.value === null ? asked.value : ASKED;
  openTalk(
    {
      id: newId(),
      kind: 'file',
      name: read.map(({ source }) => source.name).join(', '),
      format: [...new Set(read.map(({ answer }) => answer.format))].join(', '),
      notes: read.flatMap(({ answer }) => answer.notes),
      leftOut: read.flatMap(({ source, answer }): LeftOut[] => [
        { source, nSkipped: answer.n_skipped, skipped: answer.skipped, columns: answer.columns },
      ]),
      sources: read.map(({ source }) => source),
      conversations,
      labels: [],
      labelSet: '',
      model: '',
      began: null,
    },
    asks,
  );
  void recognizeWaiting();
  return 'there';
}

function tellUnread(source: Source, error: unknown): void {
  if (!(error instanceof ServiceError) || error.code !== 'input') {
    tellError(t('{file} cannot be read', { file: source.name }), error);
    return;
  }
  unread.value = [...unread.value, { source, detail: error.message, columns: error.columns }];
}
