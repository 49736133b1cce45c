// Which turns of the open conversation are looked for.

import { computed, effect, signal } from '@preact/signals';
import { type Filter, ANY, leastCertain, matching } from '../model/filter';
import { reads, select, selected, shown, talk } from './talk';

export const filter = signal<Filter>(ANY);
/** Places of the turns that match; null where all do. */
export const found = computed(() => matching(reads.value, filter.value));

export function narrow(part: Partial<Filter>): void {
  filter.value = { ...filter.value, ...part };
}

export function clearFilter(): void {
  filter.value = ANY;
}

export function toggleEmotion(label: string): void {
  const { emotions } = filter.value;
  narrow({ emotions: emotions.includes(label) ? emotions.filter((other) => other !== label) : [...emotions, label] });
}

/** Puts the turns in order by an emotion and goes to the strongest; back to how they were said with none. */
export function orderBy(order: string): void {
  narrow({ order });
  const first = found.value?.[0];
  if (order !== '' && first !== undefined) select(first);
}

/** Goes to the next turn that the model is least sure of, among those that match what is looked for, and wraps around. */
export function nextLeastCertain(): void {
  const order = leastCertain(reads.value, found.value);
  if (order.length === 0) return;
  const at = order.indexOf(selected.value);
  select(order[(at + 1) % order.length] ?? 0);
}

/** Goes to the next turn that matches what is looked for; -1 for the one before. */
export function nextFound(direction: 1 | -1): void {
  const places = found.value ?? [];
  const at = places.indexOf(selected.value);
  const beside = direction > 0 ? places.find((place) => place > selected.value) : places.findLast((place) => place < selected.value);
  const next = at < 0 ? beside : places[at + direction];
  const wrapped = next ?? places.at(direction > 0 ? 0 : -1);
  if (wrapped !== undefined) select(wrapped);
}

// Another conversation is looked through afresh.
let before: string | undefined;
effect(() => {
  const now = `${talk.value?.id} ${shown.value}`;
  if (now !== before) filter.value = ANY;
  before = now;
});
