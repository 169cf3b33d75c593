// Crawlers by what they call themselves and what they are for, as their operators say. Kept by hand; state of November 2026.

/** What a crawler is for. */
export const CRAWLER_GROUPS = ['ai-training', 'ai-search', 'ai-assistant', 'search', 'archive', 'seo'] as const

export type CrawlerGroup = (typeof CRAWLER_GROUPS)[number]

export interface Crawler {
  /** The product token, as it stands in the `User-Agent` and in robots.txt. */
  readonly name: string
  readonly group: CrawlerGroup
  /** Whether the token is for robots.txt alone: the operator sends another `User-Agent`, and goes by this one's rule. */
  readonly robotsOnly?: true
}

const of = (group: CrawlerGroup, ...names: string[]): Crawler[] => names.map((name) => ({ name, group }))
const robotsOnly = (group: CrawlerGroup, name: string): Crawler => ({ name, group, robotsOnly: true })

/** Each line is an operator, with the page on which it tells of its crawlers. */
export const KNOWN_CRAWLERS: readonly Crawler[] = [
  // https://platform.openai.com/docs/bots
  ...of('ai-training', 'GPTBot'), ...of('ai-search', 'OAI-SearchBot'), ...of('ai-assistant', 'ChatGPT-User'),
  // https://support.anthropic.com/en/articles/8896518
  ...of('ai-training', 'ClaudeBot', 'anthropic-ai', 'Claude-Web'), ...of('ai-search', 'Claude-SearchBot'), ...of('ai-assistant', 'Claude-User'),
  // https://developers.google.com/search/docs/crawling-indexing/google-common-crawlers
  robotsOnly('ai-training', 'Google-Extended'), ...of('search', 'Googlebot'),
  // https://support.apple.com/en-us/119829
  robotsOnly('ai-training', 'Applebot-Extended'), ...of('search', 'Applebot'),
  // https://developers.facebook.com/docs/sharing/webmasters/web-crawlers
  ...of('ai-training', 'meta-externalagent', 'FacebookBot'), ...of('ai-assistant', 'meta-externalfetcher'),
  // https://commoncrawl.org/ccbot
  ...of('ai-training', 'CCBot'),
  // https://developer.amazon.com/amazonbot
  ...of('ai-training', 'Amazonbot'), ...of('ai-search', 'Amzn-SearchBot'), ...of('ai-assistant', 'Amzn-User'),
  // https://docs.perplexity.ai/guides/bots
  ...of('ai-search', 'PerplexityBot'), ...of('ai-assistant', 'Perplexity-User'),
  // https://docs.mistral.ai/robots
  ...of('ai-assistant', 'MistralAI-User'),
  // https://duckduckgo.com/duckduckgo-help-pages/results/duckassistbot
  ...of('ai-assistant', 'DuckAssistBot'), ...of('search', 'DuckDuckBot'),
  // https://allenai.org/crawler
  ...of('ai-training', 'AI2Bot', 'Ai2Bot-Dolma'),
  // ByteDance and Huawei publish no page
  ...of('ai-training', 'Bytespider', 'PanguBot'),
  // https://docs.diffbot.com
  ...of('ai-training', 'Diffbot'),
  // https://webz.io/bot.html
  ...of('ai-training', 'omgili', 'omgilibot'), robotsOnly('ai-training', 'Webzio-Extended'),
  // https://timpi.io, https://imagesift.com/about, https://cohere.com
  ...of('ai-training', 'Timpibot', 'ImagesiftBot', 'cohere-training-data-crawler'), ...of('ai-assistant', 'cohere-ai'),
  // https://about.you.com/youbot
  ...of('ai-search', 'YouBot'),
  // https://www.bing.com/webmasters/help/which-crawlers-does-bing-use-8c184ec0
  ...of('search', 'bingbot'),
  // https://yandex.com/support/webmaster/robot-workings/user-agent.html, https://help.baidu.com
  ...of('search', 'YandexBot', 'Baiduspider'),
  // https://archive.org/details/archive.org_bot
  ...of('archive', 'archive.org_bot', 'ia_archiver'),
  // https://ahrefs.com/robot, https://www.semrush.com/bot, https://mj12bot.com, https://moz.com/help/moz-procedures/crawlers/dotbot, https://dataforseo.com/dataforseo-bot
  ...of('seo', 'AhrefsBot', 'SemrushBot', 'MJ12bot', 'DotBot', 'DataForSeoBot'),
]
