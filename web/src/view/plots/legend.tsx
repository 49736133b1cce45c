import { hasAffect } from '../../model/affect';
import { asked } from '../../state/settings';
import { hasGold, infos, reads, styles } from '../../state/talk';
import { t } from '../../words';
import { EmptyBadge } from '../parts/label';
import { ON_PATTERN, paint } from './patterns';

/** What colours, patterns, letters and signs mean. */
export function Legend() {
  const unsure = reads.value.some((read) => read.unsure);
  const corrected = reads.value.some((read) => read.turn.correction !== null);
  const gold = asked.value.showGold && hasGold.value;
  const affect = asked.value.showAffect && hasAffect(infos.value);
  return (
    <ul class="plain legend" aria-label={t('Legend')}>
      {styles.value.map((style, place) => (
        <li key={style.label} title={infos.value[place]?.description ?? undefined}>
          <svg class="badge" width="30" height="18" aria-hidden="true" focusable="false">
            <rect width="30" height="18" rx="4" fill={paint(place)} />
            <text x="15" y="13" fill={style.onColour} stroke={style.colour} {...ON_PATTERN}>
              {style.code}
            </text>
          </svg>
          {t(style.label)}
        </li>
      ))}
      {styles.value.length > 0 && (
        <li>
          <svg class="sign" width="10" height="8" aria-hidden="true" focusable="false">
            <path class="shift" d="M1 1h8L5 7z" />
          </svg>
          {t('speaker’s emotion changes')}
        </li>
      )}
      {unsure && (
        <li>
          <EmptyBadge sign="?" /> {t('unsure')}
        </li>
      )}
      {gold && (
        <li>
          <svg class="sign" width="46" height="18" aria-hidden="true" focusable="false">
            <g class="gold">
              <rect x="1" y="1" width="20" height="16" rx="4" />
            </g>
            <g class="gold other">
              <rect x="25" y="1" width="20" height="16" rx="4" />
            </g>
          </svg>
          {t('label in the file: same, different')}
        </li>
      )}
      {corrected && (
        <li>
          <svg class="sign" width="16" height="8" aria-hidden="true" focusable="false">
            <line class="corrected" x1="1" x2="15" y1="5" y2="5" />
          </svg>
          {t('corrected by hand')}
        </li>
      )}
      {affect && (
        <>
          <li class="affect">
            <svg class="sign" width="24" height="10" aria-hidden="true" focusable="false">
              <g class="valence">
                <path d="M0 5H24" />
                <circle cx="12" cy="5" r="3.5" />
              </g>
            </svg>
            {t('valence')}
          </li>
          <li class="affect">
            <svg class="sign" width="24" height="10" aria-hidden="true" focusable="false">
              <g class="arousal">
                <path d="M0 5H24" />
                <rect x="9" y="2" width="6" height="6" />
              </g>
            </svg>
            {t('arousal')}
          </li>
        </>
      )}
    </ul>
  );
}
