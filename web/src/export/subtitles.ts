// Subtitles with the emotions in them, in the form that the package reads back: WebVTT and SubRip.

import { beganAt, startOf } from '../model/live-times';
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

function cues(reads: readonly Read[], began: number | null): Cue[] {
  const since = began ?? beganAt(reads.map(({ turn }) => turn));
  const starts = reads.map(({ turn }) => startOf(turn, since) ?? 0);
  return reads.map((read, place) => {
    const { turn } = read;
    const start = starts[place] ?? 0;
    const following = turn.start === null ? null : starts[place + 1];
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

/** Returns a label as a class of a voice; it ends at a blank or a full stop. */
function classOf(label: string | null): string {
  return label === null ? '' : `.emotion-${escaped(label.trim().split(/\s+/).join('_')).replaceAll('.', '&#46;')}`;
}

/** Returns turns as WebVTT; `began` is when a live conversation began, where that is known. */
export function toVtt(reads: readonly Read[], began: number | null = null): string {
  const blocks = cues(reads, began).map(({ start, end, read }) => {
    const voice = `<v${classOf(read.label)} ${escaped(oneLine(read.turn.speaker))}>`;
    return `\n${clock(start, '.')} --> ${clock(end, '.')}\n${voice}${escaped(lines(read.turn.text))}</v>\n`;
  });
  return `WEBVTT\n${blocks.join('')}`;
}

/** Returns turns as SubRip, likewise. */
export function toSrt(reads: readonly Read[], began: number | null = null): string {
  const blocks = cues(reads, began).map(({ start, end, read }, place) => {
    const mark = read.label === null ? '' : ` [${read.label}]`;
    const said = `${oneLine(read.turn.speaker)}${mark}: ${lines(read.turn.text)}`;
    return `${place + 1}\n${clock(start, ',')} --> ${clock(end, ',')}\n${said}\n\n`;
  });
  return blocks.join('');
}

const TIMING = /^\s*(?:(\d+):)?(\d+):(\d+)[.,](\d+)\s+-->/;

/**
 * Returns a WebVTT file with names and emotions of its turns put into the voices of its cues and every other character kept:
 * notes, styles, settings. Null where its cues are not the turns one by one.
 */
export function spliceVtt(source: string, reads: readonly Read[]): string | null {
  const blocks = source.split(/(\r?\n(?:[ \t]*\r?\n)+)/);
  let place = 0;
  let fits = true;
  const spliced = blocks.map((block) => {
    const parts = block.split(/(\r?\n)/);
    const at = parts.findIndex((line) => TIMING.test(line));
    // The timing line, its line end, then what is said.
    const said = at < 0 ? '' : parts.slice(at + 2).join('');
    if (said.trim() === '') return block;
    const read = reads[place];
    place += 1;
    if (!read || Math.abs(seconds(parts[at] ?? '') - (read.turn.start ?? -1)) > 0.002) {
      fits = false;
      return block;
    }
    const end = /\s*$/.exec(said)?.[0] ?? '';
    return parts.slice(0, at + 2).join('') + cueText(said.slice(0, said.length - end.length), read) + end;
  });
  return fits && place === reads.length ? spliced.join('') : null;
}

function seconds(timing: string): number {
  const [, hours = '0', minutes = '0', whole = '0', fraction = '0'] = TIMING.exec(timing) ?? [];
  return Number(hours) * 3600 + Number(minutes) * 60 + Number(`${whole}.${fraction}`);
}

const VOICE = /<v((?:\.[^\s.>]+)*)(?:\s+([^>]*))?>/g;
const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: '\u00a0', lrm: '\u200e', rlm: '\u200f' };

/** Returns a text of a cue as it is read: without tags and escapes. */
function plain(text: string): string {
  const untagged = text.replace(/<[^>]*>/g, '');
  return oneLine(untagged.replace(/&(\w+);/g, (whole, name: string) => ENTITIES[name] ?? whole));
}

/** Returns what is said in a cue with the name and the emotion of its turn; anew where more than the voice tells who speaks. */
function cueText(said: string, read: Read): string {
  const { turn } = read;
  const tag = (classes: string, name: string) => `<v${withoutEmotion(classes)}${classOf(read.label)} ${name}>`;
  const speaker = escaped(oneLine(turn.speaker));
  const voices = [...said.matchAll(VOICE)];
  // A name before a colon, or a second voice.
  if (voices.length > 1 || plain(said) !== oneLine(turn.text)) return `${tag('', speaker)}${escaped(lines(turn.text))}</v>`;
  const bare = said.replace(/<c((?:\.[^\s.>]+)+)>/g, (_, classes: string) => `<c${withoutEmotion(classes)}>`);
  if (voices.length === 0) return `${tag('', speaker)}${bare}`;
  return bare.replace(VOICE, (_, classes: string, name = '') =>
    tag(classes, plain(name) === oneLine(turn.speaker) ? name : speaker),
  );
}

function withoutEmotion(classes: string): string {
  return classes.replace(/\.emotion-[^\s.>]+/g, '');
}
