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
  send: 'M2 9l14-6-4 13-3.5-5z',
} as const;

export function Icon({ name }: { name: keyof typeof PATHS }) {
  return (
    <svg class="icon" viewBox="0 0 18 18" width="18" height="18" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
