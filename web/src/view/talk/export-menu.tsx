import { signal } from '@preact/signals';
import { download, fileName } from '../../export/download';
import { toPng, toSvg } from '../../export/picture';
import { toCsv, toJsonl } from '../../export/rows';
import { hasTimes, spliceVtt, toSrt, toVtt } from '../../export/subtitles';
import { decode } from '../../model/encodings';
import { readTurns } from '../../model/reading';
import { tellError } from '../../state/notices';
import { conversation, labels, look, minProbability, reads, screen, shown, talk, wheelShown } from '../../state/talk';
import { t } from '../../words';
import { type Entry, Menu } from '../parts/menu';
import { TIMELINE_ID } from '../plots/timeline';
import { WHEEL_ID } from '../plots/wheel-plot';

export const reportOpen = signal(false);

function save(what: string, extension: string, type: string, content: string | Blob): void {
  const name = fileName(conversation.value?.id ?? '', what, extension);
  download(name, content instanceof Blob ? content : new Blob([content], { type: `${type};charset=utf-8` }));
}

/** Returns every conversation of the file as it is shown. */
export function everything() {
  return (talk.value?.conversations ?? []).map((other) => ({
    id: other.id,
    note: other.note,
    reads: readTurns(other.turns, labels.value, minProbability.value),
  }));
}

/** Title, note and whether the labels are explained. */
const PICTURES: Record<'timeline' | 'wheel', (name: string) => [string, string, boolean]> = {
  timeline: (name) => [
    `${name}: ${t('emotional timeline')}`,
    t('Bands: probability of each label. Numbers: confidence in %. Triangle: the speaker’s label changes.'),
    true,
  ],
  wheel: (name) => [
    `${name}: ${t('feeling wheel')}`,
    t('Brightness and numbers: mean probability of the labels in each segment.'),
    false,
  ],
};

async function savePicture(id: string, what: 'timeline' | 'wheel', kind: 'svg' | 'png'): Promise<void> {
  const plot = document.getElementById(id);
  if (!(plot instanceof SVGSVGElement)) return;
  try {
    const picture = toSvg(plot, ...PICTURES[what](conversation.value?.id ?? ''));
    if (kind === 'svg') save(what, 'svg', 'image/svg+xml', picture.text);
    else save(what, 'png', 'image/png', await toPng(picture));
  } catch (error) {
    tellError(t('The image could not be created'), error);
  }
}

/** Pictures are of what is drawn, so the plots are shown first. */
function picture(id: string, what: 'timeline' | 'wheel', kind: 'svg' | 'png'): void {
  look.value = 'timeline';
  // Drawn within two frames: one for its width, one for the plot.
  requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => void savePicture(id, what, kind), 50)));
}

/** Of a WebVTT file the rest is kept too: its notes, styles and settings. */
async function saveVtt(): Promise<void> {
  const { sources = [], conversations = [], began = null } = talk.value ?? {};
  // A file for each conversation, so that the place of one is that of the other.
  const own = sources.length === conversations.length ? sources[shown.value] : undefined;
  const text = own && /\.vtt$/i.test(own.name) ? decode(await own.data.arrayBuffer(), own.choices.encoding) : null;
  save('emotions', 'vtt', 'text/vtt', (text === null ? null : spliceVtt(text, reads.value)) ?? toVtt(reads.value, began));
}

export function ExportMenu() {
  const least = minProbability.value;
  const timed = hasTimes(reads.value);
  const single = screen.value === 'conversation';
  const plotted = single && reads.value.length > 0;
  const subtitles = timed ? t('subtitles with emotions') : t('needs timestamps');
  const entries: Entry[] = [
    { title: t('Shareable report'), note: t('one HTML page'), act: () => (reportOpen.value = true) },
    {
      title: 'JSONL',
      note: t('all probabilities'),
      act: () => save('emotions', 'jsonl', 'application/x-ndjson', toJsonl(everything(), least)),
    },
    {
      title: 'CSV',
      note: t('for a spreadsheet'),
      act: () => save('emotions', 'csv', 'text/csv', toCsv(everything(), labels.value, least)),
    },
    {
      title: 'WebVTT',
      note: subtitles,
      off: !timed || !single,
      act: () => void saveVtt(),
    },
    {
      title: 'SRT',
      note: subtitles,
      off: !timed || !single,
      act: () => save('emotions', 'srt', 'application/x-subrip', toSrt(reads.value, talk.value?.began)),
    },
    { title: t('Timeline as SVG'), note: t('vector image'), off: !plotted, act: () => picture(TIMELINE_ID, 'timeline', 'svg') },
    { title: t('Timeline as PNG'), note: t('bitmap image'), off: !plotted, act: () => picture(TIMELINE_ID, 'timeline', 'png') },
  ];
  if (plotted && wheelShown.value) {
    entries.push(
      { title: t('Wheel as SVG'), note: t('vector image'), act: () => picture(WHEEL_ID, 'wheel', 'svg') },
      { title: t('Wheel as PNG'), note: t('bitmap image'), act: () => picture(WHEEL_ID, 'wheel', 'png') },
    );
  }
  return <Menu icon="export" word={t('Export')} entries={entries} />;
}
