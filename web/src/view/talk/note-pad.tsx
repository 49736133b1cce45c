import { writeNote } from '../../state/editing';
import { conversation, talk } from '../../state/talk';
import { t } from '../../words';

/** What a person notes about the conversation; it goes into the report. */
export function NotePad() {
  const live = talk.value?.kind === 'live';
  return (
    <section class="card">
      <label class="field">
        <span class="card-title">{t('Notes')}</span>
        <textarea
          rows={3}
          dir="auto"
          value={conversation.value?.note ?? ''}
          placeholder={t('Your observations; they appear in the report')}
          onInput={(event) => writeNote(event.currentTarget.value)}
        />
        {live && <span class="muted small">{t('Notes are lost when you close this page.')}</span>}
      </label>
    </section>
  );
}
