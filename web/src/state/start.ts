// What the page asks the service for when it opens.

import { fetchFormats, fetchLabels, fetchModels } from '../service/client';
import { t } from '../words';
import { tellError } from './notices';
import { formats, labelList, models } from './talk';

export async function start(): Promise<void> {
  try {
    [labelList.value, models.value, formats.value] = await Promise.all([fetchLabels(), fetchModels(), fetchFormats()]);
  } catch (error) {
    tellError(t('Models and labels could not be loaded'), error, () => void start());
  }
}
