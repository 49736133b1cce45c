// Answers as JSON lines and CSV: the columns that `instructerc recognize` writes. `emotion` is what is shown, so a person's
// correction goes before the model's answer, which stands in a column of its own.

import type { Read } from '../model/reading';

export interface Answered {
  id: string;
  reads: readonly Read[];
}

// Beyond six decimals probabilities differ between machines.
function rounded(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}

/** Returns the model's label at the asked confidence, whatever a person put right. */
function modelLabel(read: Read, minProbability: number): string | null {
  return read.best !== null && read.confidence >= minProbability ? read.best : null;
}

export function toJsonl(conversations: readonly Answered[], minProbability: number): string {
  const lines = conversations.flatMap(({ id, reads }) =>
    reads.map((read) => {
      const { turn } = read;
      const { answer } = turn;
      return JSON.stringify({
        conversation: id,
        turn: turn.number,
        speaker: turn.speaker,
        text: turn.text,
        ...(turn.start === null ? {} : { start: turn.start }),
        ...(turn.end === null ? {} : { end: turn.end }),
        emotion: read.label,
        corrected: turn.correction !== null,
        model_emotion: modelLabel(read, minProbability),
        ...(answer === null
          ? {}
          : {
              probability: rounded(read.confidence),
              probabilities: Object.fromEntries(
                Object.entries(answer.probabilities).map(([label, value]) => [label, rounded(value)]),
              ),
              history_turns: answer.history_turns,
              text_cut: answer.text_cut,
              ...(answer.language ? { language: answer.language } : {}),
            }),
        ...(turn.gold === null ? {} : { gold: turn.gold }),
      });
    }),
  );
  return lines.map((line) => `${line}\n`).join('');
}

type Cell = string | number | boolean | null;

function cell(value: Cell): string {
  if (value === null) return '';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  // A spreadsheet would run a text that begins like a formula; reading the file takes one apostrophe away again.
  const text = typeof value === 'string' && /^'*[=+\-@\t\r]/.test(value) ? `'${value}` : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export function toCsv(conversations: readonly Answered[], labels: readonly string[], minProbability: number): string {
  const head = [
    'conversation',
    'turn',
    'speaker',
    'text',
    'start',
    'end',
    'emotion',
    'corrected',
    'model_emotion',
    'probability',
  ];
  const rows: Cell[][] = [[...head, ...labels.map((label) => `p_${label}`), 'history_turns', 'text_cut', 'language', 'gold']];
  for (const { id, reads } of conversations) {
    for (const read of reads) {
      const { turn } = read;
      const { answer } = turn;
      rows.push([
        id,
        turn.number,
        turn.speaker,
        turn.text,
        turn.start,
        turn.end,
        read.label,
        turn.correction !== null,
        modelLabel(read, minProbability),
        answer === null ? null : rounded(read.confidence),
        ...labels.map((label) => (answer === null ? null : rounded(answer.probabilities[label] ?? 0))),
        answer?.history_turns ?? null,
        answer?.text_cut ?? null,
        answer?.language ?? null,
        turn.gold,
      ]);
    }
  }
  // Excel takes a CSV without the mark for one of its own country's encoding.
  return `\ufeff${rows.map((row) => `${row.map(cell).join(',')}\n`).join('')}`;
}
