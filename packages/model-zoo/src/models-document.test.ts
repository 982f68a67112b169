import { expect, test } from 'vitest';
import { type ModelEntry, models } from './models.ts';

const HEAD = `# Models

The zoo has timm's models under timm's names, with timm's keys and semantics; a few are torchvision's. \`podium models list\` finds
them by name, family, size and license, and \`podium models show NAME\` prints one with its weights and its speed on your machine.

`;
const TAIL = `
Licenses are those that publishers state for the weights; the data they were trained on may add terms. \`licenses:\` in the
settings allows only some of them.

## Families of timm that are not here

They are missing because few recent public solutions of competitions use them. The second column names what
is nearest.

| timm's module | nearest here |
| --- | --- |
| \`byoanet\`, most of \`byobnet\` (BoTNet, HaloNet, LambdaNet, GC-ResNet, RepVGG) | \`resnet\`, \`maxxvit\`; of the re-parameterized ones \`mobileone\`, \`repvit\`, \`fastvit\` |
| \`cait\`, \`convit\`, \`crossvit\`, \`tnt\`, \`visformer\`, \`twins\`, \`nest\`, \`sequencer\`, \`volo\` | \`deit\`, \`vit\`, \`swin\`, \`pvt-v2\`, \`metaformer\` |
| \`davit\`, \`focalnet\`, \`gcvit\`, \`hiera\`, \`mvitv2\`, \`swin_transformer_v2_cr\`, \`vitamin\` | \`swinv2\`, \`maxxvit\`, \`eva\` |
| \`dla\`, \`dpn\`, \`hrnet\`, \`selecsls\`, \`tresnet\`, \`resnetv2\`, \`rdnet\` | \`resnet\`, \`convnext\`, \`nfnet\` |
| \`inception_*\`, \`nasnet\`, \`pnasnet\`, \`legacy_*\` of \`senet\` | \`resnet\` (its \`seresnet\` variants), \`efficientnet\` |
| \`hardcorenas\`, \`fbnetv3\`, \`lcnet\`, \`mobilevit\`, \`repghost\`, \`fasternet\`, \`starnet\`, \`shvit\`, \`swiftformer\`, \`efficientvit_msra\`, \`lowformer\`, \`iformer\` | \`mobilenetv3\`, \`mobilenetv4\`, \`efficientformer-v2\`, \`efficientvit\`, \`hgnet\` |
| \`nextvit\`, \`mambaout\`, \`cspnext\`, \`csatv2\`, \`cpubone\`, \`efficientvim\` | \`metaformer\`, \`convnext\`, \`cspnet\` |
| encoders of other systems: \`samvit\`, \`sam2_hiera\`, \`qwen3_vit\`, \`gemma4_vit\`, \`deepseek_vit\`, \`mobilenetv5\`, \`aimv2\` | \`dinov3\`, \`siglip\`, \`perception-encoder\` |
| \`naflexvit\`, \`vision_transformer_relpos\`, \`vision_transformer_hybrid\` | \`vit\`, \`rope-vit\`, \`sbb-vit\` |

Variants that timm only keeps for its own experiments (\`efficientnet_b0_gn\`, \`resnetaa50\`, pruned ones) are not here either.
`;

/** `3400000` -> `3.4M` */
function short(count: number): string {
  return count >= 1e9 ? `${(count / 1e9).toFixed(1)}G` : `${(count / 1e6).toFixed(1)}M`;
}

// After a change, run this file with `-u`.
test('docs/models.md lists every family', async () => {
  const families = new Map<string, ModelEntry[]>();
  for (const entry of models) {
    const variants = families.get(entry.family.name) ?? [];
    families.set(entry.family.name, [...variants, entry]);
  }
  const rows = [...families]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, variants]) => {
      const sizes = variants.map(({ parameters }) => parameters);
      const range = [...new Set([short(Math.min(...sizes)), short(Math.max(...sizes))])].join(' to ');
      const weights = variants.flatMap((variant) => variant.weights);
      const licenses = [...new Set(weights.map(({ license }) => license))].sort().join(', ');
      return `| \`${name}\` | ${variants.length} | ${range} | ${weights.length} | ${licenses || 'none'} |`;
    });
  const summary = `${models.names().length} models in ${families.size} families:\n\n`;
  const table = [
    '| family | models | parameters | weights | licenses |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
  ];
  await expect(`${HEAD}${summary}${table.join('\n')}\n${TAIL}`).toMatchFileSnapshot(
    '../../../docs/models.md',
  );
});
