import { copyButtons } from './copy.ts';
import { featureMap } from './feature-map.ts';
import { labelPatch } from './label-patch.ts';
import { confusionMatrix } from './matrix.ts';
import { images, payload } from './page-data.ts';
import { fillPictures } from './pictures.ts';
import { openForPrint } from './print.ts';
import { sortableTables } from './tables.ts';
import { themeButton } from './theme.ts';

themeButton();
fillPictures(document, images);
confusionMatrix(payload, images);
labelPatch(payload);
featureMap(payload, images);
sortableTables();
copyButtons();
openForPrint();
