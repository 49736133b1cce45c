import { forgetTalk, KEEP_DAYS, keepTalk, keptUntil } from '../../state/kept';
import { talk } from '../../state/talk';
import { count, language, t } from '../../words';
import { type Entry, Menu } from '../parts/menu';

/** Keeps the open conversation in the browser, if the person says so, and says for how long. */
export function KeepMenu() {
  const open = talk.value;
  if (!open || open.kind !== 'file') return null;
  const until = keptUntil.value;
  const entries: Entry[] = [
    ...KEEP_DAYS.map((days) => ({
      title: t('Save for {days}', { days: count(days, 'day') }),
      act: () => void keepTalk(days),
    })),
    { title: t('Save until I delete it'), act: () => void keepTalk(null) },
  ];
  if (until !== undefined) entries.push({ title: t('Delete the saved copy'), act: () => void forgetTalk(open.id) });
  const day = until ? new Date(until).toLocaleDateString(language.value, { dateStyle: 'medium' }) : '';
  const state =
    until === undefined
      ? t('Not saved: it will be lost when you close the page.')
      : until === null
        ? t('Saved in this browser until you delete it.')
        : t('Saved in this browser until {day}.', { day });
  return (
    <Menu icon="keep" word={until === undefined ? t('Save') : t('Saved')} entries={entries}>
      <p class="small menu-note">{state}</p>
    </Menu>
  );
}
