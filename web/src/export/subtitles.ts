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

const TIMING = /^\s*(?:\d+:)?\d+:\d+[.,]\d+\s+-->/;

/**
 * Returns a WebVTT file with emotions put into the voices of its cues and every other character kept: notes, styles, settings.
 * Null where its cues are not the turns one by one, as where turns were joined or given to others.
 */
export function spliceVtt(source: string, reads: readonly Read[]): string | null {
  const blocks = source.split(/(\r?\n(?:[ \t]*\r?\n)+)/);
  let place = 0;
  const spliced = blocks.map((block) => {
    const parts = block.split(/(\r?\n)/);
    const timing = parts.findIndex((line) => TIMING.test(line));
    // The timing line, its line end, then what is said.
    const said = timing < 0 ? -1 : timing + 2;
    if (said < 0 || (parts[said] ?? '').trim() === '') return block;
    const read = reads[place];
    place += 1;
    if (!read) return block;
    parts[said] = withEmotion(parts[said] ?? '', read);
    return parts.join('');
  });
  return place === reads.length ? spliced.join('') : null;
}

function withEmotion(line: string, read: Read): string {
  const mark = read.label === null ? '' : `.emotion-${escaped(read.label.trim().split(/\s+/).join('_'))}`;
  const voice = /<v((?:\.[^\s.>]+)*)(\s[^>]*)>/;
  if (!voice.test(line)) return `<v${mark} ${escaped(oneLine(read.turn.speaker))}>${line}`;
  return line.replace(voice, (_, classes: string, rest: string) => {
    const others = classes.replace(/\.emotion-[^\s.>]+/g, '');
    return `<v${others}${mark}${rest}>`;
  });
}
