// A list of acts behind a button; the page below can be neither clicked nor reached while it is open.

import { signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useRef } from 'preact/hooks';
import { Icon } from './icons';

export const menuOpen = signal(false);

export interface Entry {
  title: string;
  note?: string;
  off?: boolean;
  /** Of entries of which one is on. */
  chosen?: boolean;
  act: () => void;
}

interface MenuProps {
  icon: Parameters<typeof Icon>[0]['name'];
  word: string;
  entries: Entry[];
  children?: ComponentChildren;
}

export function Menu({ icon, word, entries, children }: MenuProps) {
  const menu = useRef<HTMLDetailsElement>(null);
  const close = () => {
    if (!menu.current) return;
    menu.current.open = false;
    // Before the focus moves, since what is inert cannot get it back.
    menuOpen.value = false;
    menu.current.querySelector('summary')?.focus();
  };
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
      <summary class="button" title={word}>
        <Icon name={icon} /> <span class="button-word">{word}</span>
      </summary>
      {/* Covers the page, so that a click beside the menu closes it and nothing half hidden is hit. */}
      <div class="menu-backdrop" onClick={close} />
      <div class="menu-list">
        {children}
        <ul class="plain">
          {entries.map(({ title, note, off, chosen, act }) => (
            <li key={title}>
              <button
                type="button"
                disabled={off}
                aria-pressed={chosen}
                onClick={() => {
                  act();
                  close();
                }}
              >
                <span>{title}</span>
                {note && <span class="muted small">{note}</span>}
              </button>
            </li>
          ))}
        </ul>
      </div>
    </details>
  );
}
