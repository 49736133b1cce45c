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

/** Goes to the turn that the model is least sure of among those that nobody has looked at since, and wraps around. */
export function nextLeastCertain(): void {
  const order = leastCertain(reads.value);
  if (order.length === 0) return;
  const at = order.indexOf(selected.value);
  select(order[(at + 1) % order.length] ?? 0);
}

/** Goes to the next turn that matches what is looked for; -1 for the one before. */
export function nextFound(direction: 1 | -1): void {
  const places = found.value ?? [];
  const next =
    direction > 0 ? places.find((place) => place > selected.value) : places.findLast((place) => place < selected.value);
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
