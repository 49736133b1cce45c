import { useEffect, useRef } from 'preact/hooks';
import { conversation, talk } from '../state/talk';
import { AllTurns } from './all-turns';
import { Composer } from './composer';
import { Controls } from './controls';
import { Shifts } from './shifts';
import { Speakers } from './speakers';
import { Timeline } from './timeline';
import { TurnPanel } from './turn-panel';
import { Wheel } from './wheel';

/** An open conversation: its plots, its numbers, its turns. */
export function Workspace() {
  const open = talk.value;
  const main = useRef<HTMLDivElement>(null);
  // Another view begins at its top, for the eye and for screen readers.
  useEffect(() => {
    window.scrollTo(0, 0);
    if (talk.value?.kind !== 'live') main.current?.focus({ preventScroll: true });
  }, []);
  const live = open?.kind === 'live';
  const empty = (conversation.value?.turns.length ?? 0) === 0;
  return (
    <div ref={main} tabIndex={-1} class={live ? 'workspace live' : 'workspace'}>
      <h1 class="unseen">{`Conversation ${conversation.value?.id ?? ''}`}</h1>
      <Controls />
      {open && open.notes.length > 0 && <ReadingNotes notes={open.notes} />}
      {empty ? (
        <p class="card empty-state">No turn yet. Write the first one below: who says it, and what.</p>
      ) : (
        <>
          <Timeline />
          <div class="columns">
            <TurnPanel />
            <Wheel />
            <div class="column">
              <Speakers />
              <Shifts />
            </div>
          </div>
          <AllTurns />
        </>
      )}
      {live && <Composer />}
    </div>
  );
}

function ReadingNotes({ notes }: { notes: string[] }) {
  return (
    <details class="card reading-notes">
      <summary>{`How the file was read (${notes.length})`}</summary>
      <ul>
        {notes.map((note) => (
          <li key={note}>{note}</li>
        ))}
      </ul>
    </details>
  );
}
