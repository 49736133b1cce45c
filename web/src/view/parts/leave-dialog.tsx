import { useEffect, useRef } from 'preact/hooks';
import { leaveQuestion } from '../../state/leaving';
import { t } from '../../words';

/** Asks before corrections that are kept nowhere make way for another conversation. */
export function LeaveDialog() {
  const dialog = useRef<HTMLDialogElement>(null);
  const question = leaveQuestion.value;
  useEffect(() => {
    if (question && !dialog.current?.open) dialog.current?.showModal();
    if (!question) dialog.current?.close();
  }, [question]);
  return (
    <dialog
      ref={dialog}
      class="dialog"
      aria-labelledby="leave-title"
      onCancel={(event) => {
        event.preventDefault();
        question?.answer('stay');
      }}
    >
      <h2 id="leave-title">{t('Leave without saving?')}</h2>
      <p>{t('Your changes in {name} are not saved.', { name: question?.name ?? '' })}</p>
      <div class="row end wrap">
        <button type="button" class="button" onClick={() => question?.answer('stay')}>
          {t('Cancel')}
        </button>
        <button type="button" class="button" onClick={() => question?.answer('leave')}>
          {t('Leave')}
        </button>
        {question?.keepable && (
          <button type="button" class="button primary" onClick={() => question.answer('keep')}>
            {t('Save for 30 days')}
          </button>
        )}
      </div>
    </dialog>
  );
}
