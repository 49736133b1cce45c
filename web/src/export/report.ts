// A report to share: one HTML file that needs nothing else, readable on paper, in the page's language.

import { styleLabels, stackOrder, type LabelStyle } from '../looks/label-style';
import { emotionName } from '../model/describe';
import { leastCertain } from '../model/filter';
import { clock, percent, shorten } from '../model/format';
import { limits, unreadLanguages } from '../model/limits';
import type { Read } from '../model/reading';
import { summarise } from '../model/summary';
import type { LabelInfo, ModelInfo } from '../service/types';
import { count, language, t } from '../words';
import { REPORT_STYLE } from './report-style';

export interface ReportRequest {
  title: string;
  note: string;
  conversations: { id: string; note: string; reads: readonly Read[] }[];
  labels: readonly string[];
  infos: readonly LabelInfo[];
  model: ModelInfo | undefined;
  /** Whether the turns are in it, and not only what is counted. */
  withWords: boolean;
  withNames: boolean;
  madeAt: Date;
}

const MOST_POINTS = 12;
const MOST_LEAST = 6;

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, '');
}

interface Writer {
  asked: ReportRequest;
  looks: Map<string, LabelStyle>;
  order: number[];
  name: (speaker: string) => string;
  /** Returns the heading of a part of a conversation, one level below that of the conversation. */
  head: (title: string) => string;
}

export function toReport(asked: ReportRequest): string {
  const looks = new Map(styleLabels(asked.infos, 'light').map((style) => [style.label, style]));
  const order = stackOrder(asked.infos);
  const several = asked.conversations.length > 1;
  const parts = asked.conversations.map((one, place) => {
    const speakers = [...new Set(one.reads.map((read) => read.turn.speaker))];
    const numbered = (speaker: string) => t('Speaker {n}', { n: speakers.indexOf(speaker) + 1 });
    const name = asked.withNames ? (speaker: string) => speaker : numbered;
    const level = several ? 'h3' : 'h2';
    const head = (title: string) => `<${level} class="part">${escaped(title)}</${level}>`;
    const writer: Writer = { asked, looks, order, name, head };
    return conversation(one, place, several, writer);
  });
  const when = asked.madeAt.toLocaleDateString(language.value, { dateStyle: 'long' });
  const nTurns = asked.conversations.reduce((sum, one) => sum + one.reads.length, 0);
  const unread = unreadLanguages(
    asked.conversations.flatMap(({ reads }) => reads.map((read) => read.turn)),
    asked.model,
  );
  const facts = [
    when,
    ...(several ? [count(asked.conversations.length, 'conversation')] : []),
    count(nTurns, 'turn'),
    ...(asked.model ? [t('model {name}', { name: asked.model.id })] : []),
  ];
  return `<!doctype html>
<html lang="${language.value}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(asked.title)}</title>
<style>${REPORT_STYLE}</style>
</head>
<body>
<header>
<h1 dir="auto">${escaped(asked.title)}</h1>
<p class="muted">${escaped(facts.join(' · '))}</p>
<p class="limits">${escaped([limits(asked.model), unread].filter(Boolean).join(' '))}</p>
${note(asked.note)}
</header>
<main>
${several ? overview(asked, looks, order) : ''}
${parts.join('\n')}
</main>
<footer><p>InstructERC</p></footer>
</body>
</html>
`;
}

function note(text: string): string {
  return text.trim() === '' ? '' : `<p class="note" dir="auto">${escaped(text.trim())}</p>`;
}

function badge(label: string, looks: Map<string, LabelStyle>): string {
  const look = looks.get(label);
  if (!look) return escaped(t(label));
  const code = `<b style="background:${look.colour};color:${look.onColour}">${escaped(look.code)}</b>`;
  return `<span class="label">${code}${escaped(t(label))}</span>`;
}

function emotion(read: Read, looks: Map<string, LabelStyle>): string {
  if (read.turn.correction !== null)
    return `${badge(read.turn.correction, looks)} <span class="muted">${escaped(t('by hand'))}</span>`;
  if (read.label !== null) return `${badge(read.label, looks)} <span class="muted">${percent(read.confidence)}</span>`;
  return `<span class="muted">${escaped(emotionName(read))}</span>`;
}

function stacked(shares: readonly number[], labels: readonly string[], order: readonly number[], looks: Map<string, LabelStyle>): string {
  const parts = order
    .filter((place) => (shares[place] ?? 0) >= 0.005)
    .map((place) => {
      const label = labels[place] ?? '';
      const share = shares[place] ?? 0;
      const title = escaped(`${t(label)} ${percent(share)}`);
      return `<i title="${title}" style="width:${(share * 100).toFixed(2)}%;background:${looks.get(label)?.colour ?? '#888'}"></i>`;
    });
  return `<div class="bar">${parts.join('')}</div>`;
}

function overview(asked: ReportRequest, looks: Map<string, LabelStyle>, order: readonly number[]): string {
  const rows = asked.conversations.map((one, place) => {
    const summary = summarise(
      one.reads.map((read) => ({ ...read, turn: { ...read.turn, speaker: '' } })),
      asked.labels,
    )[0];
    const shifts = one.reads.filter((read) => read.shiftFrom !== null).length;
    const least = one.reads[leastCertain(one.reads)[0] ?? -1];
    return `<tr><th scope="row"><a href="#c${place + 1}">${escaped(one.id)}</a></th><td>${one.reads.length}</td>
<td class="wide">${stacked(summary?.shares ?? [], asked.labels, order, looks)}</td><td>${shifts}</td>
<td>${least ? percent(least.confidence) : ''}</td></tr>`;
  });
  const heads = [t('Conversation'), t('Turns'), t('Emotions'), t('Shifts'), t('Least certain')];
  return `<section><h2>${escaped(t('Overview'))}</h2><table><thead><tr>${heads
    .map((head) => `<th scope="col">${escaped(head)}</th>`)
    .join('')}</tr></thead><tbody>${rows.join('\n')}</tbody></table>${legend(asked.labels, looks)}</section>`;
}

function legend(labels: readonly string[], looks: Map<string, LabelStyle>): string {
  return `<p class="legend">${labels.map((label) => badge(label, looks)).join(' ')}</p>`;
}

function conversation(
  one: { id: string; note: string; reads: readonly Read[] },
  place: number,
  several: boolean,
  writer: Writer,
): string {
  const { asked, looks, order, name, head } = writer;
  const speakers = summarise(one.reads, asked.labels).map(
    (summary) => `<tr><th scope="row" dir="auto">${escaped(name(summary.speaker))}</th><td>${summary.nTurns}</td>
<td class="wide">${stacked(summary.shares, asked.labels, order, looks)}</td>
<td>${summary.mostOften.map((label) => badge(label, looks)).join(' ')}</td></tr>`,
  );
  return `<section id="c${place + 1}">
${several ? `<h2 dir="auto">${escaped(one.id)}</h2>` : ''}
${note(one.note)}
${strip(one.reads, looks)}
${head(t('Speakers'))}
<table><tbody>${speakers.join('\n')}</tbody></table>
${several ? '' : legend(asked.labels, looks)}
${quotes(t('Turning points'), turningPoints(one.reads), true, writer)}
${quotes(t('Least certain'), leastOf(one.reads), false, writer)}
${asked.withWords ? transcript(one.reads, writer) : ''}
</section>`;
}

/** The whole conversation in one line, a piece for each turn. */
function strip(reads: readonly Read[], looks: Map<string, LabelStyle>): string {
  const pieces = reads.map((read) => {
    const colour = read.label === null ? '#e4e7ea' : (looks.get(read.label)?.colour ?? '#888');
    return `<i title="${escaped(`${read.turn.number}: ${emotionName(read)}`)}" style="background:${colour}"></i>`;
  });
  return `<div class="strip" role="img" aria-label="${escaped(t('Emotional timeline'))}">${pieces.join('')}</div>`;
}

/** Returns the surest changes of a speaker's emotion, in order. */
function turningPoints(reads: readonly Read[]): Read[] {
  const shifts = reads.filter((read) => read.shiftFrom !== null);
  const surest = [...shifts].sort((a, b) => b.confidence - a.confidence).slice(0, MOST_POINTS);
  return shifts.filter((read) => surest.includes(read));
}

function leastOf(reads: readonly Read[]): Read[] {
  return leastCertain(reads)
    .slice(0, MOST_LEAST)
    .flatMap((place) => reads[place] ?? []);
}

function quotes(title: string, reads: readonly Read[], withShift: boolean, { asked, looks, name, head }: Writer): string {
  if (reads.length === 0) return '';
  const items = reads.map((read) => {
    const from = read.shiftFrom === null || !withShift ? '' : `${badge(read.shiftFrom, looks)} → `;
    const words = asked.withWords ? `<q dir="auto">${escaped(shorten(read.turn.text, 200))}</q>` : '';
    return `<li><span class="muted">${read.turn.number}</span> <strong dir="auto">${escaped(name(read.turn.speaker))}</strong> ${from}${emotion(read, looks)} ${words}</li>`;
  });
  return `${head(title)}<ul class="quotes">${items.join('\n')}</ul>`;
}

function transcript(reads: readonly Read[], { looks, name, head }: Writer): string {
  const rows = reads.map((read) => {
    const { turn } = read;
    const look = read.label === null ? undefined : looks.get(read.label);
    const tone = !look || look.family === 'neutral' ? '' : ` style="border-color:${look.colour}"`;
    const time = turn.start === null ? '' : ` · ${clock(turn.start)}`;
    return `<li${tone}><p><span class="muted">${turn.number}${time}</span> <strong dir="auto">${escaped(name(turn.speaker))}</strong>
<span class="mood">${emotion(read, looks)}</span></p><p class="said" dir="auto">${escaped(turn.text)}</p></li>`;
  });
  return `${head(t('Every turn'))}<ol class="turns">${rows.join('\n')}</ol>`;
}
