import { useEffect, useRef } from 'preact/hooks';
import { t } from '../../words';
import { keyQuestion } from '../../state/key';

/** Asks for the key of a service that wants one. */
export function KeyDialog() {
  const dialog = useRef<HTMLDialogElement>(null);
  const field = useRef<HTMLInputElement>(null);
  const question = keyQuestion.value;
  useEffect(() => {
    if (question && !dialog.current?.open) dialog.current?.showModal();
    if (!question) dialog.current?.close();
  }, [question]);
  return (
    <dialog
      ref={dialog}
      class="dialog"
      aria-labelledby="key-title"
      // Not `close`, which comes late and would answer the next question.
      onCancel={(event) => {
        event.preventDefault();
        keyQuestion.value?.answer(null);
      }}
    >
      <form
        method="dialog"
        onSubmit={(event) => {
          // Sent by the page, not by the form, which the content security policy keeps from going anywhere.
          event.preventDefault();
          const key = field.current?.value.trim() ?? '';
          if (field.current) field.current.value = '';
          if (key) keyQuestion.value?.answer(key);
        }}
      >
        <h2 id="key-title">{t('This service requires an API key')}</h2>
        {question?.refused && (
          <p class="problem-text" role="alert">
            {t('The key was not accepted.')}
          </p>
        )}
        <label class="field">
          {t('API key')}
          <input ref={field} type="password" autocomplete="current-password" required />
        </label>
        <p class="muted">{t('It stays in memory only until you close the page.')}</p>
        <div class="row end">
          <button type="button" class="button" onClick={() => keyQuestion.value?.answer(null)}>
            {t('Cancel')}
          </button>
          <button type="submit" class="button primary">
            {t('Use this key')}
          </button>
        </div>
      </form>
    </dialog>
  );
}
