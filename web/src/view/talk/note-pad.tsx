import { writeNote } from '../../state/editing';
import { conversation, talk } from '../../state/talk';
import { t } from '../../words';

/** What a person notes about the conversation; it goes into the report. */
export function NotePad() {
  if (talk.value?.kind !== 'file') return null;
  return (
    <section class="card">
      <label class="field">
        <span class="card-title">{t('Notes')}</span>
        <textarea
          rows={3}
          dir="auto"
          value={conversation.value?.note ?? ''}
          placeholder={t('What you noticed; it goes into the report')}
          onInput={(event) => writeNote(event.currentTarget.value)}
        />
      </label>
    </section>
  );
}
