import { unreadLanguages } from '../../model/limits';
import { model, talk, turns } from '../../state/talk';
import { count, t } from '../../words';
import { LeftOutNotice } from './reading-choices';

/** Said above the result: what of the files is not in it, and what of it the model does not read. */
export function FrontNotices({ all = false }: { all?: boolean }) {
  const open = talk.value;
  if (!open) return null;
  const shown = all ? open.conversations.flatMap((one) => one.turns) : turns.value;
  const nCut = shown.filter((turn) => turn.answer?.text_cut).length;
  const cut = t('{turns} too long for the model: the end was cut off', { turns: count(nCut, 'turn') });
  return (
    <>
      {open.leftOut
        .filter(({ nSkipped }) => nSkipped > 0)
        .map((leftOut) => (
          <LeftOutNotice key={leftOut.source.name} leftOut={leftOut} />
        ))}
      {open.notes.length > 0 && <ImportNotes key={open.id} notes={open.notes} />}
      <Warning kind="cut" said={nCut > 0 ? cut : null} />
      <Warning kind="languages" said={unreadLanguages(shown, model.value)} />
    </>
  );
}

function Warning({ kind, said }: { kind: string; said: string | null }) {
  if (said === null) return null;
  return (
    <p class={`notice warning ${kind}`} role="status">
      {said}
    </p>
  );
}

/** What was repaired in reading; unfolded where something of the file is not there. */
function ImportNotes({ notes }: { notes: readonly string[] }) {
  return (
    <details class="notice import-notes" open={notes.some((note) => note.includes('left out'))}>
      <summary>{t('Import notes ({n})', { n: notes.length })}</summary>
      <ul class="small">
        {notes.map((note) => (
          <li key={note}>{note}</li>
        ))}
      </ul>
    </details>
  );
}
