// Several conversations in numbers, to be sorted.

import type { Conversation } from './conversation';
import { probabilityOf } from './filter';
import { type Read, readTurns } from './reading';
import { meanShares } from './summary';

export interface OverviewRow {
  /** Place of the conversation. */
  place: number;
  id: string;
  nTurns: number;
  nAnswered: number;
  nSpeakers: number;
  shares: number[];
  /** The most frequent label beside those that mean no emotion; null where there is none. */
  main: string | null;
  nShifts: number;
  nUnsure: number;
  nCorrected: number;
  /** Of the least certain turn; null without answers. */
  least: { confidence: number; place: number } | null;
  note: string;
  /** The turn that has most of each label, in label order; null without answers. */
  peaks: (Peak | null)[];
}

export interface Peak {
  probability: number;
  place: number;
}

export type SortKey = 'place' | 'id' | 'nTurns' | 'main' | 'nShifts' | 'least' | 'peak';

const CALM = new Set(['neutral', 'no emotion', 'none', 'others']);

export function overviewOf(
  conversations: readonly Conversation[],
  labels: readonly string[],
  minProbability: number,
): OverviewRow[] {
  return conversations.map((one, place) => rowOf(one, place, readTurns(one.turns, labels, minProbability), labels));
}

function rowOf(one: Conversation, place: number, reads: readonly Read[], labels: readonly string[]): OverviewRow {
  const counts = labels.map((label) => (CALM.has(label) ? 0 : reads.filter((read) => read.label === label).length));
  const most = Math.max(0, ...counts);
  let least: OverviewRow['least'] = null;
  reads.forEach((read, turn) => {
    if (read.best === null || read.turn.correction !== null) return;
    if (least === null || read.confidence < least.confidence) least = { confidence: read.confidence, place: turn };
  });
  return {
    place,
    id: one.id,
    nTurns: one.turns.length,
    nAnswered: reads.filter((read) => read.best !== null).length,
    nSpeakers: new Set(one.turns.map((turn) => turn.speaker)).size,
    shares: meanShares(reads, labels),
    main: most === 0 ? null : (labels[counts.indexOf(most)] ?? null),
    nShifts: reads.filter((read) => read.shiftFrom !== null).length,
    nUnsure: reads.filter((read) => read.unsure).length,
    nCorrected: reads.filter((read) => read.turn.correction !== null).length,
    least,
    note: one.note,
    peaks: labels.map((label) => peakOf(reads, label)),
  };
}

function peakOf(reads: readonly Read[], label: string): Peak | null {
  let peak: Peak | null = null;
  reads.forEach((read, place) => {
    const probability = probabilityOf(read, label);
    if (read.best !== null && (peak === null || probability > peak.probability)) peak = { probability, place };
  });
  return peak;
}

/** Returns the rows in order, up or down; `label` is the place of the one whose strongest turns order them by `peak`. */
export function sortRows(rows: readonly OverviewRow[], key: SortKey, down: boolean, label = 0): OverviewRow[] {
  const value = (row: OverviewRow): number | string => {
    if (key === 'least') return row.least?.confidence ?? 2;
    if (key === 'main') return row.main ?? '\uffff';
    if (key === 'peak') return row.peaks[label]?.probability ?? -1;
    return row[key];
  };
  const compare = (a: OverviewRow, b: OverviewRow) => {
    const [x, y] = [value(a), value(b)];
    const order = typeof x === 'string' ? x.localeCompare(String(y)) : x - Number(y);
    return (down ? -order : order) || a.place - b.place;
  };
  return [...rows].sort(compare);
}
