import { detachAudio, follow, heard, player, type Sound } from '../../state/audio';
import { reads } from '../../state/talk';
import { t } from '../../words';
import { Icon } from '../parts/icons';
import { Emotion } from '../parts/label';

/** Plays the sound of the conversation, and shows the turn that is heard. */
export function Player({ sound }: { sound: Sound }) {
  const read = reads.value[heard.value];
  return (
    <section class="player" aria-label={t('Audio')}>
      <audio
        ref={(element) => {
          player.value = element;
        }}
        controls
        preload="metadata"
        src={sound.address}
        aria-label={sound.name}
        onTimeUpdate={(event) => follow(event.currentTarget.currentTime)}
        onSeeked={(event) => follow(event.currentTarget.currentTime)}
      />
      <p class="player-now small">
        {read ? (
          <>
            <strong dir="auto">{read.turn.speaker}</strong> <Emotion read={read} />
          </>
        ) : (
          <span class="muted">{sound.name}</span>
        )}
      </p>
      <button type="button" class="button icon-only" aria-label={t('Remove audio')} onClick={detachAudio}>
        <Icon name="close" />
      </button>
    </section>
  );
}
