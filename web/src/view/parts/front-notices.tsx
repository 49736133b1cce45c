import { unreadLanguages } from '../../model/limits';
import { model, talk, turns } from '../../state/talk';
import { LeftOutNotice } from './reading-choices';

/** Said above the result: what of the files is not in it, and what of it the model does not read. */
export function FrontNotices({ all = false }: { all?: boolean }) {
  const open = talk.value;
  if (!open) return null;
  const said = unreadLanguages(all ? open.conversations.flatMap((one) => one.turns) : turns.value, model.value);
  return (
    <>
      {open.leftOut
        .filter(({ nSkipped }) => nSkipped > 0)
        .map((leftOut) => (
          <LeftOutNotice key={leftOut.source.name} leftOut={leftOut} />
        ))}
      {said !== null && (
        <p class="notice warning languages" role="status">
          {said}
        </p>
      )}
    </>
  );
}
