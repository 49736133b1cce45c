import { signal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { download, fileName } from '../export/download';
import { toPng, toSvg } from '../export/picture';
import { toCsv, toJsonl } from '../export/rows';
import { hasTimes, toSrt, toVtt } from '../export/subtitles';
import { readTurns } from '../model/reading';
import { tellError } from '../state/notices';
import { settings } from '../state/settings';
import { conversation, labels, reads, talk } from '../state/talk';
import { Icon } from './icons';
import { TIMELINE_ID } from './timeline';
import { WHEEL_ID } from './wheel-plot';

/** While it is open the page below can be neither clicked nor reached. */
export const menuOpen = signal(false);

function save(what: string, extension: string, type: string, content: string | Blob): void {
  const name = fileName(conversation.value?.id ?? '', what, extension);
  download(name, content instanceof Blob ? content : new Blob([content], { type: `${type};charset=utf-8` }));
}

/** Returns every conversation of the file as it is shown. */
function everything() {
  const { minProbability } = settings.value;
  return (talk.value?.conversations ?? []).map((other) => ({
    id: other.id,
    reads: readTurns(other.turns, labels.value, minProbability),
  }));
}

/** Title, note and whether the labels are explained. */
const PICTURES: Record<'timeline' | 'wheel', (name: string) => [string, string, boolean]> = {
  timeline: (name) => [
    `${name}: emotional timeline`,
    'Bands: probability of each label. Numbers: confidence in %. Triangle: the speaker’s label changes.',
    true,
  ],
  wheel: (name) => [`${name}: feeling wheel`, 'Brightness and numbers: mean probability of what leads there.', false],
};

async function savePicture(id: string, what: 'timeline' | 'wheel', kind: 'svg' | 'png'): Promise<void> {
  const plot = document.getElementById(id);
  if (!(plot instanceof SVGSVGElement)) return;
  try {
    const picture = toSvg(plot, ...PICTURES[what](conversation.value?.id ?? ''));
    if (kind === 'svg') save(what, 'svg', 'image/svg+xml', picture.text);
    else save(what, 'png', 'image/png', await toPng(picture));
  } catch (error) {
    tellError('The picture could not be made', error);
  }
}

export function ExportMenu() {
  const menu = useRef<HTMLDetailsElement>(null);
  const close = () => {
    if (!menu.current) return;
    menu.current.open = false;
    // Before the focus moves, since what is inert cannot get it back.
    menuOpen.value = false;
    menu.current.querySelector('summary')?.focus();
  };
  const least = settings.value.minProbability;
  const timed = hasTimes(reads.value);
  const plotted = reads.value.length > 0;
  const entries: { title: string; note: string; off?: boolean; act: () => void }[] = [
    {
      title: 'JSONL',
      note: 'all probabilities',
      act: () => save('emotions', 'jsonl', 'application/x-ndjson', toJsonl(everything(), least)),
    },
    {
      title: 'CSV',
      note: 'for a spreadsheet',
      act: () => save('emotions', 'csv', 'text/csv', toCsv(everything(), labels.value, least)),
    },
    {
      title: 'WebVTT',
      note: timed ? 'subtitles with emotions' : 'needs times',
      off: !timed,
      act: () => save('emotions', 'vtt', 'text/vtt', toVtt(reads.value)),
    },
    {
      title: 'SRT',
      note: timed ? 'subtitles with emotions' : 'needs times',
      off: !timed,
      act: () => save('emotions', 'srt', 'application/x-subrip', toSrt(reads.value)),
    },
    {
      title: 'Timeline as SVG',
      note: 'scales',
      off: !plotted,
      act: () => void savePicture(TIMELINE_ID, 'timeline', 'svg'),
    },
    {
      title: 'Timeline as PNG',
      note: 'pixels',
      off: !plotted,
      act: () => void savePicture(TIMELINE_ID, 'timeline', 'png'),
    },
    { title: 'Wheel as SVG', note: 'scales', off: !plotted, act: () => void savePicture(WHEEL_ID, 'wheel', 'svg') },
    { title: 'Wheel as PNG', note: 'pixels', off: !plotted, act: () => void savePicture(WHEEL_ID, 'wheel', 'png') },
  ];
  return (
    <details
      ref={menu}
      class="menu"
      onToggle={(event) => (menuOpen.value = event.currentTarget.open)}
      onKeyDown={(event) => {
        if (event.key === 'Escape') close();
      }}
      onFocusOut={(event) => {
        const next = event.relatedTarget;
        if (next instanceof Node && !event.currentTarget.contains(next)) event.currentTarget.open = false;
      }}
    >
      <summary class="button">
        <Icon name="export" /> <span class="button-word">Export</span>
      </summary>
      {/* Covers the page, so that a click beside the menu closes it and nothing half hidden is hit. */}
      <div class="menu-backdrop" onClick={close} />
      <ul class="plain menu-list">
        {entries.map(({ title, note, off, act }) => (
          <li key={title}>
            <button
              type="button"
              disabled={off}
              onClick={() => {
                act();
                close();
              }}
            >
              <span>{title}</span>
              <span class="muted small">{note}</span>
            </button>
          </li>
        ))}
      </ul>
    </details>
  );
}
