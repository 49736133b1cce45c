// Subtitles with the emotions in them, in the form that the package reads back: WebVTT and SubRip.

import type { Read } from '../model/reading';

// A last turn without an end is shown this long, and a live turn.
const LAST_SECONDS = 3;

/** Says whether every turn has the time at which it begins, or came, which subtitles need. */
export function hasTimes(reads: readonly Read[]): boolean {
  return (
    reads.length > 0 && reads.every(({ turn }) => (turn.start !== null ? turn.start >= 0 : turn.receivedAt !== null))
  );
}

interface Cue {
  start: number;
  end: number;
  read: Read;
}

function cues(reads: readonly Read[]): Cue[] {
  const began = reads[0]?.turn.receivedAt ?? 0;
  return reads.map((read, place) => {
    const { turn } = read;
    const start = turn.start ?? Math.max(0, (turn.receivedAt ?? began) - began);
    const following = turn.start === null ? null : reads[place + 1]?.turn.start;
    const end = turn.end ?? following ?? start + LAST_SECONDS;
    return { start, end: Math.max(start, end), read };
  });
}

function clock(seconds: number, mark: string): string {
  const milliseconds = Math.round(seconds * 1000);
  const two = (n: number) => String(n).padStart(2, '0');
  const whole = Math.floor(milliseconds / 1000);
  const rest = String(milliseconds % 1000).padStart(3, '0');
  return `${two(Math.floor(whole / 3600))}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}${mark}${rest}`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function oneLine(text: string): string {
  return text.trim().split(/\s+/).join(' ');
}

// A blank line would end the cue.
function lines(text: string): string {
  return text
    .split(/[\r\n]+/)
    .filter((line) => line.trim() !== '')
    .join('\n');
}

export function toVtt(reads: readonly Read[]): string {
  const blocks = cues(reads).map(({ start, end, read }) => {
    const mark = read.label === null ? '' : `.emotion-${escaped(read.label.trim().split(/\s+/).join('_'))}`;
    const voice = `<v${mark} ${escaped(oneLine(read.turn.speaker))}>`;
    return `\n${clock(start, '.')} --> ${clock(end, '.')}\n${voice}${escaped(lines(read.turn.text))}</v>\n`;
  });
  return `WEBVTT\n${blocks.join('')}`;
}

export function toSrt(reads: readonly Read[]): string {
  const blocks = cues(reads).map(({ start, end, read }, place) => {
    const mark = read.label === null ? '' : ` [${read.label}]`;
    const said = `${oneLine(read.turn.speaker)}${mark}: ${lines(read.turn.text)}`;
    return `${place + 1}\n${clock(start, ',')} --> ${clock(end, ',')}\n${said}\n\n`;
  });
  return blocks.join('');
}
