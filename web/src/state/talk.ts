// What is open: conversations of files, or one that happens now; and everything that follows from it.

import { computed, signal } from '@preact/signals';
import { styleLabels } from '../looks/label-style';
import { type Conversation, cast, type Turn } from '../model/conversation';
import { canonicalLabel, describeLabels } from '../model/labels';
import { readTurns } from '../model/reading';
import { unsureOf } from '../model/unsure';
import { saysMoreThanBars } from '../model/wheel-light';
import { clampRange, type Range, reveal, whole } from '../model/zoom';
import type { Choices, FormatInfo, LabelList, ModelInfo, ReadChoices } from '../service/types';
import { type Asked, ASKED, asked, theme } from './settings';

/** A file as it was given, so that it can be read again in another way. */
export interface Source {
  name: string;
  data: Blob;
  choices: ReadChoices;
}

/** What could not be read of a file. */
export interface LeftOut {
  source: Source;
  nSkipped: number;
  skipped: string[];
  columns: string[];
}

export interface Talk {
  /** Its address in the page. */
  id: string;
  kind: 'file' | 'live';
  /** Of the file, or the session. */
  name: string;
  format: string;
  notes: string[];
  leftOut: LeftOut[];
  /** Empty for what is live. */
  sources: Source[];
  conversations: Conversation[];
  /** The set that the answers are from; empty before the first. */
  labels: string[];
  labelSet: string;
  model: string;
  /** When a live one began, in seconds since 1970; null where its turns tell. */
  began: number | null;
}

export type Screen = 'start' | 'overview' | 'conversation';
export type Look = 'words' | 'timeline' | 'table';

export const labelList = signal<LabelList | null>(null);
export const models = signal<ModelInfo[]>([]);
export const formats = signal<FormatInfo[]>([]);

export const talk = signal<Talk | null>(null);
export const screen = signal<Screen>('start');
export const look = signal<Look>('words');
/** Which of the conversations is shown. */
export const shown = signal(0);
/** Place of the selected turn, from 0. */
export const selected = signal(0);
/** Counts selections that the reader has to be taken to. */
export const sought = signal(0);
/** The part that the timeline shows; null for all of it. */
const zoomed = signal<Range | null>(null);

export const conversation = computed<Conversation | null>(() => talk.value?.conversations[shown.value] ?? null);
export const turns = computed<Turn[]>(() => conversation.value?.turns ?? []);
export const labels = computed(() => talk.value?.labels ?? []);
export const infos = computed(() => describeLabels(labels.value, talk.value?.labelSet ?? '', labelList.value));
export const styles = computed(() => styleLabels(infos.value, theme.value));
export const styleOf = computed(() => new Map(styles.value.map((style) => [style.label, style])));
/** The model that answered what is open, or would answer. */
export const model = computed<ModelInfo | undefined>(() => {
  const open = talk.value;
  const own = models.value.find((one) => one.id === open?.model);
  return own ?? models.value.find((one) => one.label_set === open?.labelSet) ?? models.value[0];
});
export const calibrated = computed(() => models.value.some((one) => one.label_set === talk.value?.labelSet));

/** Below it the page says "unsure", where the person does not say otherwise: as the model says of these labels. */
export const unsureBelow = computed(() => {
  return model.value ? unsureOf(model.value, labels.value) : 0;
});
export const minProbability = computed(() => asked.value.minProbability ?? unsureBelow.value);
export const reads = computed(() => readTurns(turns.value, labels.value, minProbability.value));
export const speakers = computed(() => cast(turns.value));
export const hasGold = computed(() => turns.value.some((turn) => turn.gold !== null));
export const wheel = computed(() => {
  const wheels = labelList.value?.wheels ?? [];
  return wheels.find((other) => other.name === 'willcox') ?? wheels[0] ?? null;
});
/** Whether the wheel says more of these labels than the bars do. */
export const wheelOffered = computed(() => saysMoreThanBars(infos.value));
export const wheelShown = computed(() => asked.value.showWheel && wheelOffered.value);
export const zoom = computed<Range>(() => {
  const n = turns.value.length;
  return zoomed.value === null ? whole(n) : clampRange(zoomed.value, n);
});

export function setZoom(range: Range): void {
  const n = turns.value.length;
  const clamped = clampRange(range, n);
  zoomed.value = clamped.first === 0 && clamped.last === n - 1 ? null : clamped;
}

export function showAll(): void {
  zoomed.value = null;
}

/** Selects a turn by its place and brings it into view. */
export function select(place: number): void {
  const n = turns.value.length;
  if (n === 0) return;
  selected.value = Math.min(Math.max(place, 0), n - 1);
  sought.value += 1;
  if (zoomed.value !== null) zoomed.value = reveal(zoom.value, selected.value, n);
}

/** Returns a name for the address of a conversation. */
export function newId(): string {
  return [...crypto.getRandomValues(new Uint8Array(5))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Opens conversations; several are shown as a table first. */
export function openTalk(given: Talk, asks: Asked = asked.value): void {
  talk.value = given;
  asked.value = asks;
  shown.value = 0;
  selected.value = 0;
  zoomed.value = null;
  look.value = 'words';
  screen.value = given.conversations.length > 1 ? 'overview' : 'conversation';
}

export function closeTalk(): void {
  talk.value = null;
  screen.value = 'start';
  asked.value = ASKED;
}

export function showConversation(place: number, turn = 0): void {
  shown.value = place;
  zoomed.value = null;
  screen.value = 'conversation';
  selected.value = 0;
  select(turn);
}

export function changeTalk(part: Partial<Talk>): void {
  if (talk.value) talk.value = { ...talk.value, ...part };
}

export function changeConversation(place: number, part: Partial<Conversation>): void {
  const open = talk.value;
  if (!open) return;
  changeTalk({
    conversations: open.conversations.map((other, index) => (index === place ? { ...other, ...part } : other)),
  });
}

export function changeTurn(place: number, number: number, part: Partial<Turn>): void {
  const owner = talk.value?.conversations[place];
  if (!owner) return;
  changeConversation(place, {
    turns: owner.turns.map((turn) => (turn.number === number ? { ...turn, ...part } : turn)),
  });
}

export function goldLabel(word: string): string | null {
  return canonicalLabel(word, infos.value);
}

/** Returns what requests ask for. The page itself abstains, so that the least confidence can be moved without asking again. */
export function choices(): Choices {
  const { labelChoice, ownLabels, context } = asked.value;
  const wanted = labelChoice === 'own' && ownLabels.length > 1 ? ownLabels : labelChoice === 'own' ? '' : labelChoice;
  return { labels: wanted === '' ? null : wanted, context, min_probability: 0 };
}

/** Shows where a conversation is begun; an open one stays open, and the next one is asked about afresh. */
export function toStart(): void {
  screen.value = 'start';
}

