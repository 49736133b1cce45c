// Icons beside words; hidden from screen readers, since the words say it.

const PATHS = {
  file: 'M4 2h7l4 4v11a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V3a1 1 0 0 1 1-1zm7 0v4h4M6 10h6M6 13h6',
  paste: 'M7 3h4v3H7zM7 4H4v14h10V4h-3M6.5 10h5M6.5 13h5',
  live: 'M3 4h12v9H9l-4 4v-4H3zM6 7.5h6M6 10h4',
  export: 'M9 2v10m-4-4 4 4 4-4M3 13v4h12v-4',
  plus: 'M9 4v10M4 9h10',
  minus: 'M4 9h10',
  left: 'M11 4 6 9l5 5',
  right: 'M7 4l5 5-5 5',
  close: 'M4 4l10 10M14 4 4 14',
  sun: 'M9 5.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7zM9 1v2M9 15v2M1 9h2M15 9h2M3.3 3.3l1.4 1.4M13.3 13.3l1.4 1.4M3.3 14.7l1.4-1.4M13.3 4.7l1.4-1.4',
  moon: 'M14.5 11A6.5 6.5 0 0 1 7 3.5a6.5 6.5 0 1 0 7.5 7.5z',
  screen: 'M2 3h14v9H2zM6 16h6M9 12v4',
  search: 'M8 3a5 5 0 1 0 0 10A5 5 0 0 0 8 3zm3.8 8.8L16 16',
  undo: 'M7 4 3 8l4 4M3 8h8a4 4 0 0 1 0 8H8',
  redo: 'M11 4l4 4-4 4M15 8H7a4 4 0 0 0 0 8h3',
  keep: 'M5 2h8v14l-4-3-4 3z',
  target: 'M9 2v3M9 13v3M2 9h3M13 9h3M9 5.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7z',
  settings: 'M3 5h6M13 5h2M3 13h2M9 13h6M11 3v4M7 11v4',
  edit: 'M3 15l1-4 8-8 3 3-8 8zM10 5l3 3',
  play: 'M5 3l10 6-10 6z',
  up: 'M4 11l5-5 5 5',
  down: 'M4 7l5 5 5-5',
  words: 'M3 4h12M3 8h12M3 12h7',
  bars: 'M4 15V8M9 15V3M14 15v-5',
  table: 'M2 4h14v10H2zM2 8h14M7 4v10',
  report: 'M4 2h7l4 4v10H4zM7 9h5M7 12h5',
  all: 'M3 3h5v5H3zM10 3h5v5h-5zM3 10h5v5H3zM10 10h5v5h-5z',
  delete: 'M3 5h12M7 5V3h4v2M5 5l1 11h6l1-11',
  send: 'M2 9l14-6-4 13-3.5-5z',
} as const;

export function Icon({ name }: { name: keyof typeof PATHS }) {
  return (
    <svg class="icon" viewBox="0 0 18 18" width="18" height="18" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
