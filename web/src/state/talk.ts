// What is open: conversations of a file, or one that happens now; and everything that follows from it.

import { computed, signal } from '@preact/signals';
import { styleLabels } from '../looks/label-style';
import { type Conversation, cast, type Turn } from '../model/conversation';
import { canonicalLabel, describeLabels } from '../model/labels';
import { readTurns } from '../model/reading';
import { clampRange, type Range, reveal, whole } from '../model/zoom';
import type { Choices, LabelList, ModelInfo } from '../service/types';
import { settings, theme } from './settings';

export interface Talk {
  kind: 'file' | 'live';
  /** Of the file, or the session. */
  name: string;
  format: string;
  notes: string[];
  conversations: Conversation[];
  /** The set that the answers are from; empty before the first. */
  labels: string[];
  labelSet: string;
  model: string;
}

export const labelList = signal<LabelList | null>(null);
export const models = signal<ModelInfo[]>([]);

export const talk = signal<Talk | null>(null);
/** Whether the page shows where a conversation is begun, and not the open one. */
export const starting = signal(true);
/** Which of the conversations is shown. */
export const shown = signal(0);
/** Place of the selected turn, from 0. */
export const selected = signal(0);
/** The part that the timeline shows; null for all of it. */
const zoomed = signal<Range | null>(null);

export const conversation = computed<Conversation | null>(() => talk.value?.conversations[shown.value] ?? null);
export const turns = computed<Turn[]>(() => conversation.value?.turns ?? []);
export const labels = computed(() => talk.value?.labels ?? []);
export const infos = computed(() => describeLabels(labels.value, talk.value?.labelSet ?? '', labelList.value));
export const styles = computed(() => styleLabels(infos.value, theme.value));
export const styleOf = computed(() => new Map(styles.value.map((style) => [style.label, style])));
export const reads = computed(() => readTurns(turns.value, labels.value, settings.value.minProbability));
export const speakers = computed(() => cast(turns.value));
export const hasGold = computed(() => turns.value.some((turn) => turn.gold !== null));
export const wheel = computed(() => {
  const wheels = labelList.value?.wheels ?? [];
  return wheels.find((other) => other.name === 'willcox') ?? wheels[0] ?? null;
});
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

/** Selects a turn by its place and brings it into the timeline. */
export function select(place: number): void {
  const n = turns.value.length;
  if (n === 0) return;
  selected.value = Math.min(Math.max(place, 0), n - 1);
  if (zoomed.value !== null) zoomed.value = reveal(zoom.value, selected.value, n);
}

export function openTalk(given: Talk): void {
  talk.value = given;
  shown.value = 0;
  selected.value = 0;
  zoomed.value = null;
  starting.value = false;
}

export function showConversation(place: number): void {
  shown.value = place;
  selected.value = 0;
  zoomed.value = null;
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
  const { labelChoice, ownLabels, context } = settings.value;
  const asked = labelChoice === 'own' && ownLabels.length > 1 ? ownLabels : labelChoice === 'own' ? '' : labelChoice;
  return { labels: asked === '' ? null : asked, context, min_probability: 0 };
}
