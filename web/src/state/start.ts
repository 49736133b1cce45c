// What the page asks the service for when it opens.

import { fetchLabels, fetchModels } from '../service/client';
import { tellError } from './notices';
import { labelList, models } from './talk';

export async function start(): Promise<void> {
  try {
    [labelList.value, models.value] = await Promise.all([fetchLabels(), fetchModels()]);
  } catch (error) {
    tellError('The service could not be asked for its labels', error, () => void start());
  }
}
