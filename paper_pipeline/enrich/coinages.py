"""Names that no lexicon has: what an abstract itself says a name stands for.

Data flow: a text, the spans of names that are known -> other names, each with its kind.

Papers coin names (`We present Tern-Bench, a benchmark of ...`) and use names that nobody has listed
yet. Whether such a name is a model, a benchmark, a data set or a method is told by the words around
it, all of which are weighed together for all places where the name stands:

- An apposition: `X, a large model that ...`, `X: A Benchmark for ...`, `X is a corpus of ...`.
- The noun after it, `the X benchmark`, or before it, `models such as X`.
- The company it keeps: in `MMLU, GSM8K and X` it is what its neighbours are.
- What is done with it: one scores on a benchmark and trains on a data set.
- Its make: `X-Bench`, `XQA`, `X-7B`.

The head of a noun phrase decides: `a framework for training models` is a framework. Acronyms that
stand for common nouns are no names, be they known as such or spelled out in the text.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

Weights = dict[str, dict[str, float]]


class Known(NamedTuple):
    """A name whose kind is known, and where it stands."""

    kind: str
    start: int
    end: int


@dataclass(slots=True)
class Name:
    """A word that has the shape of a name.

    Attributes:
        start, end: Its place in the text.
        written: The word.
        base: The word without size and variant: what its mentions share.
        kind: What it was found to be; empty as long as nothing is known.
    """

    start: int
    end: int
    written: str
    base: str
    kind: str = ""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# A capital, the rest of its word, and what hyphens, points and the like join to it. Words that only
# begin with a capital are passed over where a sentence begins.
_CAPITALISED = re.compile(
    r"[A-Z](?:(?<=[a-z]\s[A-Z])|(?<=\A[A-Z])|(?=[a-z]*+(?:[^\W_]|[-‐‑.+_’'][^\W_])))"
    r"[^\W_]*(?:[-‐‑.+_’'][^\W_]+)*\+{0,2}"
)
# What stands before the first capital of a name: `mPLUG`, `video-SALMONN`.
_LOWER_START = re.compile(r"(?:[^\W_A-Z]{1,12}-)?[^\W_A-Z]{0,4}\Z")
_LOWER_LENGTH = 17
_PREFIXES = _words(
    "non pre post anti multi cross self co ex semi meta sub inter intra re un de the all any"
)
# Names of several words that begin with capitals.
_PROPER = re.compile(r"[A-Z][\w-]*(?:\s[A-Z0-9][\w-]*(?:\.\w+)*){0,2}+(?!\s[A-Z])")
# Pieces joined to a name that say how large it is, of which version, or how it was tuned; and those
# that make of a known model another of its family.
_SIZE_OR_VERSION = (
    r"(?:\d+(?:\.\d+)?[x×])?\d+(?:\.\d+)?B|[2-9]\d\d?M|1\d\dM|[AE]\d+(?:\.\d+)?B|v?\d+(?:\.\d+)*|"
    r"nano|micro|tiny|mini|small|base|medium|large|huge|giant|lite|turbo|pro|plus|max|ultra|flash|"
    r"xs|xl|xxl|s|m|l|h|g|it|pt|chat|instruct|preview|hf|dpo|sft|rl"
)
_TUNED = re.compile(_SIZE_OR_VERSION, re.IGNORECASE)
VARIANT = re.compile(
    _SIZE_OR_VERSION
    + r"|instruction|thinking|reasoning|coder|code|math|vision|vl|omni|audio|dev|schnell|distill|"
    r"distilled|zero|moe|dense|high|low|exp|next|alpha|beta|\d+k|opus|sonnet|haiku|deep|think|[a-z]?\d+",
    re.IGNORECASE,
)
_PIECE_JOINT = re.compile(r"[-‐‑_]")
# Pieces that are not part of the name they are joined to.
_ATTACHED = _words(
    "aware based class driven style like level powered generated guided tuned trained scale scaled "
    "free friendly specific inspired enhanced augmented enabled equipped compatible type format "
    "only centric conditioned assisted related native to and of in the as judge family backed "
    "compliant shot series derived finetuned pretrained quality sized optimal initialized "
    "initialised annotated distilled adapted"
)
# Acronyms and names that stand for no model, benchmark, data set or method of their own.
_NO_NAMES = _words(
    """
    AI ML DL NLP NLU NLG CV LLM LLMs LM LMs SLM SLMs VLM VLMs MLLM MLLMs LMM LMMs LVLM LVLMs VLA
    VLAs LRM LRMs MLM GPU GPUs CPU CPUs TPU TPUs RL SFT RLHF RLAIF QA VQA OCR ASR TTS MT NMT GUI UI
    UX API APIs SDK SOTA OOD ID IID 2D 3D 4D 1D 2.5D 6D AR VR XR NN NNs DNN DNNs CNN CNNs RNN RNNs
    GNN GNNs MLP MLPs GAN GANs VAE VAEs MoE MoEs DM DMs PDE PDEs ODE ODEs SDE SDEs KV FFN FFNs MHA
    CoT ToT ICL PEFT KL MSE FLOP FLOPs TFLOPs MACs RAM VRAM SSM SSMs RAG RAGs AGI AIGC STEM
    T2I T2V I2V V2V T2A TTA I2I IQ EEG MRI CT ECG EHR EHRs ICU SQL HTML JSON XML CSV PDF PDFs CSS
    LaTeX URL URLs OS PC IDE CLI DOM SVG RGB RGBD RGB-D LiDAR LIDAR IMU SLAM NAS AUC F1 mAP IoU mIoU
    FID FVD CLIPScore BLEU ROUGE METEOR CIDEr WER CER PSNR SSIM LPIPS EM ELO Elo MRR NDCG nDCG MAE
    RMSE BERTScore COMET Pass@1 GitHub HuggingFace OpenAI DeepMind Google Microsoft Meta NVIDIA
    Nvidia AMD Intel Apple Amazon AWS Anthropic Alibaba Tencent ByteDance Baidu Huawei IBM Samsung
    MIT CMU EPFL ETH UC arXiv ArXiv YouTube TikTok Reddit Twitter Facebook Instagram Wikipedia
    WhatsApp Bilibili StackOverflow PyTorch TensorFlow JAX CUDA Triton Python Java JavaScript
    TypeScript C++ C Rust Go Bash Linux Windows Android iOS macOS Kaggle NeurIPS ICML ICLR CVPR ICCV
    ECCV ACL EMNLP NAACL AAAI IJCAI SIGGRAPH COLM KDD Hugging Face USA UK EU US UN COVID COVID-19
    PhD CEO IP NDA TL;DR TLDR FAQ Q&A R&D B2B EN ZH FP8 FP16 FP32 BF16 INT4 INT8 W4A4 W4A8 W8A8
    W4A16 NVFP4 MXFP4 FP4 INT2 INT3 Top-1 Top-5 Sim2Real Real2Sim Text-to-Image Text-to-Video
    Vision-Language Image-Text Video-Text State-of-the-Art Large-Scale Fine-Tuning Self-Attention
    Chain-of-Thought Human-in-the-loop DevOps IoT UAV UAVs BEV FOV GPS HD 4K 8K FPS SMPL SMPL-X SE3
    DoF 6-DoF Q-learning Q-values LGBTQ i.i.d HPC NLI NER POS SRL KB KG KGs PRM PRMs ORM ORMs GRM
    VRAMs TTFT TPS TPOT SLO SLOs DSL AST CFG NFE NFEs ID3 OOV BPE LSTM LSTMs GRU GRUs HCI ADHD LoC
    AlphaGo WebUI AutoML MLOps LLMOps ChatML SoTA vLLM TensorRT-LLM MLC-LLM SGLang DeepSpeed
    llama.cpp Megatron-DeepSpeed GB MB TB KB MCQ MCQs LR SAT BFS DFS DAG DAGs
    """
)
# Numbers with a unit, and acronyms of kinds of language models.
_NO_NAME = re.compile(
    r"\d[\d.,]*(?:[KMBTGxX×]|[KMGT]B|k|[xX×]\d+B)?(?:[-+].*)?|[A-Za-z]?[A-Z]{0,3}LL?Ms?|"
    r"(?:INT|FP|BF|NVFP|MXFP)\d[\d.]*|[A-Z][a-z]+LLMs|[IVX]+|BASE|INSTRUCT|LARGE|SMALL"
)
_PLURAL = re.compile(r"(?<=[A-Z]{2})s\Z")
# Common words that are written with capitals when a title is, or a term is to be an acronym.
_COMMON_PIECES = _words(
    """
    Language Vision Based Source Tuning Free Time Aware Modal Agent Scale Shot Context Level Driven
    Text Image Video Audio Speech Guided Following Training Grained Augmented Thought Step Attention
    Supervised Trained Tuned Wise Centric Specific Quality Turn Task Domain Policy Search Play Value
    Part Stage Phase Type Top Section Figure Table Round Version Label Class Rank Order Quantized
    Range Horizon Term Source Weight Learning Reasoning Open Multi
    Self Fine Cross Pre Post Non Low High Long Large Small Human World Real Zero Few Chain Tree Test
    """
)
# Kinds whose names stand in rows beside one another.
_LISTED_KINDS = frozenset(("model", "benchmark", "dataset", "method"))
# What a noun phrase is, by its head.
_HEAD_WORDS = {
    "benchmark": """
        benchmark benchmarks testbed testbeds leaderboard leaderboards challenge challenges exam
        exams gym arena evaluation evaluations testset
    """,
    "dataset": """
        dataset datasets corpus corpora treebank database databases datastore collection data
    """,
    "model": """
        model models llm llms vlm vlms mllm mllms lmm lmms lvlm lvlms slm slms lrm lrms vla vlas
        lm lms transformer transformers network networks backbone backbones encoder encoders
        decoder autoencoder autoencoders tokenizer tokenizers chatbot chatbots generator
        generators reasoner architecture architectures checkpoint checkpoints mlm vae gan unet
        prm prms orm
    """,
    "method": """
        framework frameworks method methods approach approaches algorithm algorithms pipeline
        pipelines technique techniques strategy strategies system systems agent agents paradigm
        paradigms toolkit toolkits library libraries platform platforms mechanism mechanisms
        module modules scheme schemes procedure optimizer optimizers loss losses protocol
        protocols tool tools engine engines recipe objective objectives sampler samplers solver
        solvers scheduler adapter adapters attack attacks estimator infrastructure formulation
        regularizer kernel kernels layer layers operator operators workflow workflows defense
    """,
    "other": """
        metric metrics environment environments simulator simulators taxonomy survey study
        analysis interface plugin package assistant assistants language languages task tasks
        score scores judge company team organization competition solution project paper index
    """,
}
_HEADS = {word: kind for kind, words in _HEAD_WORDS.items() for word in words.split()}
# Heads that say nothing when something stands before them: a model family, a benchmark suite.
_COLLECTIVES = _words(
    "family families series suite suites set sets variant variants version versions class group "
    "pair trio line collection range lineup generation release releases architecture split splits"
)
_LONE_COLLECTIVES = {"suite": "benchmark", "suites": "benchmark"}
# What ends a noun phrase.
_STOPS = _words(
    """
    that which who whose where when while for of with to in on by at from as via using is are was
    were and or but can capable designed trained built based we our it this these comprising
    containing consisting covering spanning featuring evaluating assessing measuring tailored
    specifically aimed aiming focused focusing curated collected constructed derived created
    composed developed pretrained pre-trained fine-tuned finetuned powered able without under over
    across between through than including such like enabling allowing providing offering combining
    integrating unifying leveraging supporting targeting inspired proposed introduced if because
    has have had does do requires achieves achieving outperforms improves shows not only both
    """
)
# Heads that say little right after a name: `SG training data`.
_VAGUE = frozenset("data collection evaluation evaluations".split())
# Words in -ing that go on a noun phrase: `a model training framework`.
_ACTIVITIES = _words(
    "training merging editing serving routing scaling learning reasoning pruning tuning "
    "fine-tuning processing understanding modeling modelling prompting planning steering testing "
    "benchmarking caching decoding parsing building hosting engineering compressing"
)
_MODIFIERS = _words(
    """
    language vision vision-language multimodal evaluation reasoning generation foundation base
    diffusion video image text speech audio code coding math mathematical retrieval embedding
    caption captioning instruction preference classification segmentation detection reward world
    policy test validation training test-set
    family series visual medical agent agentic large small pretrained pre-trained open-source
    open-weight instruction-tuned chat suite dense sparse hybrid research public challenging new
    multilingual long-context understanding question answering safety robotics manipulation
    benchmark challenge leaderboard corpus style family-based
    """
)
_DETERMINED = re.compile(
    r"\)?(?:\s?\([^()]{1,60}\))?"
    r"(?:(?:\s?[,:—–]\s?|\s-\s|\s?\()(?:which\s(?:is|are)\s)?|\s(?:is|are|was|were)\s)"
    r"(?:an?|the|our|one\sof\sthe)\s",
    re.IGNORECASE,
)
_COLON = re.compile(r"\s?[:—–]\s(?:(?:A|An|The|Towards|Toward)\s)?")
_GERUND = re.compile(r"\w+ing\b")
_WORD_OR_SIGN = re.compile(r"[^\s,.;:()\[\]—–]+(?:[.][^\s,.;:()\[\]—–]+)*|[,.;:()\[\]—–]")
_MOST_WORDS = 18
_AFTER = re.compile(r"\s(?=[A-Za-z])")
_NOUNS = (
    "benchmark leaderboard challenge set evaluation dataset corpora corpus model LLM VLM MLLM LVLM "
    "LMM VLA LRM LM network architecture backbone transformer encoder method approach technique "
    "algorithm framework system pipeline agent"
).split()
_KIND_NOUNS = r"benchmarks?|leaderboards?|challenges?|test\ssets?|evaluations?"
_DATA_NOUNS = r"datasets?|data\ssets?|corpora|corpus"
_MODEL_NOUNS = (
    r"models?|LLMs?|VLMs?|MLLMs?|LVLMs?|LMMs?|VLAs?|LRMs?|LMs|networks?|architectures?|backbones?|"
    r"transformers?|encoders?"
)
_METHOD_NOUNS = (
    r"methods?|approach(?:es)?|techniques?|algorithms?|frameworks?|systems?|pipelines?|agents?"
)
_NOUN_BEFORE = re.compile(
    rf"\b(?:(?P<benchmark>{_KIND_NOUNS})|(?P<dataset>{_DATA_NOUNS})|(?P<model>{_MODEL_NOUNS})|"
    rf"(?P<method>{_METHOD_NOUNS}))"
    r"(?:,?\s(?:such\sas|including|like|namely,?|e\.g\.,?|i\.e\.,?|"
    r"(?<!s\s)(?:[\w-]+\s){0,5}(?:called|named|dubbed|termed|referred\sto\sas|denoted\sas))|(?:\s(?:for|of|in|on)\s[\w-]+(?:\s[\w-]+){0,3})?\s?[:—–]|,?\s\((?:e\.g\.,?|i\.e\.,?|such\sas|including)?)?\s?(?:the\s)?(?:\d+[KMB]?\s)?\Z",
    re.IGNORECASE,
)
# Words before a name after which it is worth looking for such a noun.
_MAY_FOLLOW_NOUN = frozenset(
    f"{word}{mark}"
    for word in (
        "as", "including", "like", "namely", "called", "named", "dubbed", "termed", "e.g", "i.e",
        "e.g.", "i.e.", "—", "–", "", *_NOUNS, *(f"{noun}s" for noun in _NOUNS),
    )
    for mark in ("", ",", ":", ".,")
)  # fmt: skip
# `the first benchmark, X,`: an apposition the other way round.
_NOUN_APPOSED = re.compile(
    r"\b(?:(?P<benchmark>benchmark|leaderboard)|(?P<dataset>dataset|corpus)|"
    r"(?P<model>model|LLM|VLM|MLLM|LVLM|LMM|VLA|network|architecture)),\s\Z",
    re.IGNORECASE,
)
# `our 7B model, X reaches`: what is ours is one.
_OURS_APPOSED = re.compile(
    r"\bour\s(?:[\w-]+\s){0,4}(?:(?P<benchmark>benchmark)|(?P<dataset>dataset|corpus)|"
    r"(?P<model>model|LLM|VLM|network)),\s\Z",
    re.IGNORECASE,
)
_NAMING = frozenset(
    """
    introduce introduces introducing introduced present presents presenting presented propose
    proposes proposing proposed release releases releasing released develop develops developing
    developed describe describes unveil unveils call called dub dubbed name named term termed build
    construct create creating curate establish contribute
    """.split()
)
_FUNCTION_WORDS = frozenset("of to in and the by for or as vs".split())
_ARTICLES = frozenset(("the", "our", "it", "both"))
_SCORED_ON = re.compile(
    r"(?:%|\bpoints?|\b(?:accuracy|scores?|scored|performance|results?|state-of-the-art|sota|rate|"
    r"f1|map|miou|bleu|wer|pass@\d+|gains?|improvements?|improves?|evaluated?|evaluations?|evaluating|"
    r"tested|testing|benchmarked|experiments?|validated?|achieves?|outperform\w*|surpass\w*|"
    r"competitive|superior|best|wins?|solves?|excels?)\b|\d)"
    r"(?:\s(?!on\b)[\w%.@+→-]+){0,4}(?<!\sbuilt)(?<!\sbased)(?<!\srelies)(?<!\sdepends)(?<!\strained)"
    r"\son\s(?:the\s|both\s|established\s|popular\s|standard\s)?\Z",
    re.IGNORECASE,
)
_TRAINED_ON = re.compile(
    r"\b(?:pre-?trained|trained|training|fine-?tuned|fine-?tuning)\son\s(?:the\s)?\Z", re.IGNORECASE
)
# `we introduce X, lightweight models that`.
_BARE_APPOSITION = re.compile(
    r"(?:,\s|\s(?=an?\s))(?:an?\s)?(?=[a-z])(?!which|that|and|or|where|we)"
)
# Words in front of an `on` that begins no sentence.
_FEWEST_BEFORE_ON = 3
_DIGITS_OR_COLON = frozenset("0123456789:")
_CLOSING = frozenset(".,;")
_BEFORE_SCORED = frozenset("the both established popular standard".split())
_CONTEXT_LENGTH = 60
_WORDS_LENGTH = 30
# What parts names in a row; results may stand beside them.
_GAP = re.compile(
    r"(?:\s?\([^()]{1,60}\)|\s[\d.]+%?(?:\s?(?:→|to)\s?[\d.]+%?)?(?:\s\w{1,4}\.?)?)?"
    r"(?:,\s(?:and\s|or\s|as\swell\sas\s)?|\s(?:and|or|&|vs\.?|versus)\s|/)(?:the\s|on\s|even\s)?(?:\d+[KMB]\s)?"
)
_CLOSES_ROW = re.compile(r"\b(?:and|or)\b")
_MOST_GAP, _PLAIN_GAP = 80, 16
_BENCHMARK_MAKE = re.compile(
    r"(?:[Bb]ench(?:mark)?|BENCH|Eval|EVAL|Arena|Gym|Exam|Leaderboard|(?<=\w[\w-]{3})QA|Judge(?:Bench))"
    r"(?:[-+].{0,12}|\d.{0,4}|s|Plus|Pro|Hard|Lite|V\d?)?\Z"
)
_DATASET_MAKE = re.compile(
    r"(?:Set|Data|Dataset|Corpus|Pile|Instruct-\d.*|-\d{1,4}(?:\.\d+)?[kKM]|(?<!\d)\d{1,4}[kK])\Z"
)
_MODEL_MAKE = re.compile(
    r"(?:(?<=[a-zA-Z-])(?:LM|LLM|VLM|GPT|BERT|[Ll]la[Mm][Aa]|LLaMA|LLaVA|CLIP|ViT|VLA|MLLM|DiT|Mamba|Qwen|"
    r"Gemma|Mistral|[Rr]o[Bb][Ee][Rr][Tt]a|Bert)|[a-z]former|[a-z]Former|-(?:Coder|Chat|VL|R1|Omni|LM))\Z"
)
_SPELLED_OUT = re.compile(
    r"((?:[A-Z][\w’'-]*\s(?:(?:of|for|and|in|on|the|with)\s)?)+(?:[A-Z][\w’'-]*))\s\(\Z"
)
# `the Marsh Reading Dataset`: a name of several words that ends in what it is.
_TITLED_HEADS = {
    "Benchmark": "benchmark", "Leaderboard": "benchmark", "Challenge": "benchmark",
    "Dataset": "dataset", "Corpus": "dataset", "Collection": "dataset",
}  # fmt: skip
_TITLED = {
    head: re.compile(rf"(?<=[a-z]\s)((?!The\s|A\s|Our\s)(?:[A-Z][\w’'-]*\s){{1,5}}{head})\b")
    for head in _TITLED_HEADS
}
# How much each kind of evidence weighs, and how much a name needs.
_BY_APPOSITION, _BY_SIZE, _BY_NOUN, _BY_MAKE, _BY_COMPANY, _BY_USE = 4.0, 3.5, 3.0, 2.5, 2.0, 2.0
# An acronym of common words stays one, whatever stands beside it.
_BY_ACRONYM = 20.0
# What is named, but none of the kinds looked for.
_OTHER = "other"
_LEAST_WEIGHT = 2.0
_LONGEST_VARIANT = 4
# Words come again and again, in a paper and from paper to paper.
_CACHED_WORDS = 50_000


def find_names(text: str, *, is_title: bool = False) -> tuple[list[Name], list[int]]:
    """Finds the words of a text that have the shape of names.

    Capitals inside a word or digits make a name; a word that only begins with a capital is none.

    Args:
        text: A title or an abstract.
        is_title: Whether it is a title, where all words may begin with capitals.

    Returns:
        The names in order, and where words begin that have no such shape but stand where a name
        does: after `we introduce`, or first in a title.
    """
    found: list[Name] = []
    plain: list[int] = []
    for match in _CAPITALISED.finditer(text):
        word, start = match[0], match.start()
        before = text[start - 1] if start else " "
        if before.isalnum() or before in "-@/":
            prefix = _LOWER_START.search(text, max(0, start - _LOWER_LENGTH), start)
            lower = prefix[0] if prefix else ""
            if lower.rstrip("-") not in _PREFIXES:
                start -= len(lower)
                word = lower + word
                before = text[start - 1] if start else " "
            if before.isalnum() or before in "@.":
                continue
        elif word[1:].islower() and word.isalpha():
            if not start or _last_words(text, start)[-1] in _NAMING:
                plain.append(start)
            continue
        written, base = _read_shape(word, is_title)
        if base:
            found.append(Name(start, start + len(written), written, base))
        elif written and ((is_title and not start) or _last_words(text, start)[-1] in _NAMING):
            plain.append(start)
    return found, plain


def _last_words(text: str, end: int) -> list[str]:
    """The words before a place, an article at the end left out; at least one, maybe empty."""
    words = text[max(0, end - _WORDS_LENGTH) : end].casefold().split()
    if len(words) > 1 and words[-1] in _ARTICLES:
        words.pop()
    return words or [""]


def judge_names(
    texts: Sequence[str],
    names: Sequence[list[Name]],
    plain: Sequence[list[int]],
    known: Sequence[Sequence[Known]],
    sized: Sequence[Iterable[tuple[int, int]]],
) -> list[list[Name]]:
    """Finds the kinds of names, from all the texts of one paper together.

    Args:
        texts: The texts of a paper, the title first.
        names: Their names; `kind` is set on those that get one.
        plain: Where words begin that may turn out to be names.
        known: For each text, what a lexicon knows of it, in order.
        sized: For each text, the spans of counts of parameters.

    Returns:
        For each text further names: words with no shape of a name which the paper introduces as
        one, wherever they stand.
    """
    weights: Weights = defaultdict(lambda: defaultdict(float))
    introduced: dict[str, str] = {}
    for place, text in enumerate(texts):
        introduced |= _weigh_context(text, names[place], weights, is_title=place == 0)
        _weigh_sizes(text, names[place], sized[place], weights)
        introduced |= _find_introduced(text, plain[place], is_title=place == 0)
    _decide(names, weights)
    for place, text in enumerate(texts):
        _weigh_company(text, names[place], known[place], weights)
    _decide(names, weights)
    return [_find_again(text, introduced) for text in texts]


@lru_cache(maxsize=_CACHED_WORDS)
def _read_shape(word: str, is_title: bool) -> tuple[str, str]:
    """A word without attachments, and its base; no base where it has not the shape of a name."""
    written = _without_attachments(word)
    if written in _NO_NAMES:
        return "", ""
    return written, _base(written) if _is_shaped(written, is_title=is_title) else ""


def _without_attachments(word: str) -> str:
    """A word without what is no part of the name: `GPT-4-based` is `GPT-4`."""
    while True:
        head, joint, last = word.rpartition("-")
        is_attached = last in _ATTACHED or (last.islower() and last.endswith(("ed", "ing")))
        if not joint or not is_attached:
            break
        word = head
    return word.removesuffix("'s").removesuffix("’s").rstrip(".'’")


def _base(word: str) -> str:
    """A name without the pieces that tell its size or variant."""
    pieces = _PIECE_JOINT.split(word)
    while (
        len(pieces) > 1
        and _TUNED.fullmatch(pieces[-1])
        and (len(pieces) > 2 or (len(pieces[0]) > 2 and pieces[0] not in _NO_NAMES))
    ):
        pieces.pop()
    return _PLURAL.sub("", "-".join(pieces))


def _is_shaped(word: str, *, is_title: bool = False) -> bool:
    pieces = _PIECE_JOINT.split(word)
    if len(pieces) > 1:
        # `Falcon-H1`, but neither `Mixture-of-Experts` nor `3D-LLM`.
        telling = [piece for piece in pieces if piece not in _NO_NAMES and not piece.islower()]
        if not telling or not _FUNCTION_WORDS.isdisjoint(pieces):
            return False
        if (
            telling[0] not in _COMMON_PIECES
            and telling[0][0].isupper()
            and any(piece[:1].isdigit() for piece in pieces[1:])
        ):
            return True  # `Falcon-7B`
        return any(map(_is_shaped, telling)) or (
            not is_title
            and len(telling) == len(pieces)
            and all(piece[:1].isupper() for piece in pieces)
            and _COMMON_PIECES.isdisjoint(pieces)
        )
    if _NO_NAME.fullmatch(word):
        return False
    capital_count = sum(map(str.isupper, word))
    return (
        capital_count > 1
        or (capital_count == 1 and not word[0].isupper())
        or (capital_count == 1 and any(map(str.isdigit, word)))
    )


def _weigh_context(
    text: str, names: list[Name], weights: Weights, *, is_title: bool
) -> dict[str, str]:
    """Weighs what stands around each name; returns long forms of acronyms, with their kind."""
    introduced: dict[str, str] = {}
    for name in names:
        votes = weights[name.base]
        words = _last_words(text, name.start)
        context = max(0, name.start - _CONTEXT_LENGTH)
        is_attached = text[name.end : name.end + 1] == "-"
        is_on = words[-1] == "on" or (words[-1] in _BEFORE_SCORED and "on" in words[-2:])
        is_scored = is_on and _SCORED_ON.search(text, context, name.start) is not None
        # In `On X, a model reaches` nothing is told of X.
        kind, weight = "", 0.0
        if not is_scored and not (is_on and len(words) < _FEWEST_BEFORE_ON):
            kind, weight = _read_apposition(text, name.end, is_title=is_title)
        if kind:
            votes[kind] += weight
        elif kind := _read_noun_after(text, _skip_series(text, name.end)):
            votes[kind] += _BY_NOUN
        if kind := _read_make(name.written, name.base):
            votes[kind] = max(votes[kind], _BY_MAKE)
        if is_attached:
            continue  # what is done is done with what the name only describes
        if is_on:
            if is_scored:
                votes["benchmark"] += _BY_USE
            elif _TRAINED_ON.search(text, context, name.start):
                votes["dataset"] += _BY_USE
            continue
        noun = None
        if text.endswith("(", 0, name.start):
            _weigh_acronym(name, text[context : name.start], votes, introduced)
            noun = _NOUN_BEFORE.search(text, context, name.start)
        elif words[-1].rpartition("(")[2] in _MAY_FOLLOW_NOUN or words[-1][-1:] in _DIGITS_OR_COLON:
            noun = _NOUN_BEFORE.search(text, context, name.start)
        if noun is None and words[-1][-1:] == ",":
            noun = _OURS_APPOSED.search(text, context, name.start)
            if noun is None and text[name.end : name.end + 1] in _CLOSING:
                noun = _NOUN_APPOSED.search(text, context, name.start)
        if noun is not None:
            votes[noun.lastgroup or ""] += _BY_NOUN
        elif words[-1] in _NAMING and (bare := _BARE_APPOSITION.match(text, name.end)):
            bare_kind = _find_head(text, bare.end())
            votes[bare_kind or _OTHER] += _BY_APPOSITION if bare_kind else 0.0
    return introduced


@lru_cache(maxsize=_CACHED_WORDS)
def _read_make(written: str, base: str) -> str:
    """The kind that the make of a name tells."""
    if _BENCHMARK_MAKE.search(base):
        return "benchmark"
    if _DATASET_MAKE.search(written):
        return "dataset"
    return "model" if _MODEL_MAKE.search(base) else ""


def _find_introduced(text: str, starts: list[int], *, is_title: bool) -> dict[str, str]:
    """Words that a text introduces as the name of something, with the kind of it."""
    found: dict[str, str] = {}
    for start in starts:
        match = _PROPER.match(text, start)
        words = match[0].removeprefix("The ") if match else ""
        if match is None or not words or words in _NO_NAMES or _NO_NAME.fullmatch(words):
            continue
        if not is_title and text.startswith(":", match.end()):
            continue  # a heading
        kind, _ = _read_apposition(text, match.end(), is_title=False)
        context = max(0, start - _CONTEXT_LENGTH)
        if not kind and (noun := _NOUN_BEFORE.search(text, context, start)):
            kind = noun.lastgroup or ""
        if kind:
            found[words] = kind
    for head, kind in _TITLED_HEADS.items():
        if not is_title and head in text:
            found |= {titled[1]: kind for titled in _TITLED[head].finditer(text)}
    return found


def _find_again(text: str, introduced: dict[str, str]) -> list[Name]:
    found: list[Name] = []
    for words, kind in introduced.items():
        place = text.find(words)
        while place >= 0:
            end = place + len(words)
            around = text[place - 1 : place] + text[end : end + 1]
            if not any(map(str.isalnum, around)):
                found.append(Name(place, end, words, _base(words), kind))
            place = text.find(words, end)
    return found


def _weigh_acronym(
    name: Name, before: str, votes: dict[str, float], introduced: dict[str, str]
) -> None:
    """An acronym in brackets stands for the words before it, which may be common ones.

    `Tern Reading Benchmark (TRB)` is a benchmark under both names.
    """
    words = re.split(r"[ -]", before.rstrip(" -("))
    initials = "".join(word[0] for word in words if word).casefold()
    letters = "".join(filter(str.isalpha, name.base)).casefold()
    near = len(letters) + 2
    if len(letters) < 2 or letters[0] not in initials[-near:]:
        return
    kind = next((_HEADS[w.lower()] for w in reversed(words[-near:]) if w.lower() in _HEADS), "")
    capitals = sum(word[:1].isupper() for word in words[-near:])
    is_proper = capitals > 1 and not name.written.endswith("s")
    if is_proper and kind in ("benchmark", "dataset"):
        votes[kind] += _BY_APPOSITION
        if spelled_out := _SPELLED_OUT.search(before):
            introduced[spelled_out[1].removeprefix("The ")] = kind
    elif not is_proper and (initials.endswith(letters) or name.base.isupper()):
        votes[_OTHER] += _BY_ACRONYM
    elif initials.endswith(letters):
        votes[_OTHER] += _BY_USE


def _weigh_sizes(
    text: str, names: list[Name], sized: Iterable[tuple[int, int]], weights: Weights
) -> None:
    """A name with a count of parameters in it, or in brackets after it, is that of a model."""
    spans = list(sized)
    if not spans:
        return
    for name in names:
        is_part = any(name.start < start and end <= name.end for start, end in spans)
        beside = name.end + len(" (")
        if is_part:
            name.kind = "model"
        elif text[name.end : beside] != " (" or all(start != beside for start, _ in spans):
            continue
        votes = weights[name.base]
        votes["model"] = max(votes["model"], _BY_SIZE)


def _weigh_company(
    text: str,
    names: list[Name],
    known: Sequence[Known],
    weights: Weights,
) -> None:
    """Names in a row are of one kind."""
    if not names:
        return
    row: list[Name | Known] = []
    is_closed = False
    listed = [one for one in known if one.kind in _LISTED_KINDS]
    for item in sorted([*names, *listed], key=lambda item: item.start):
        if row and (is_closed or not _is_gap(text, row[-1].end, item.start)):
            _weigh_row(text, row, weights)
            row = []
        # `A, B and C` ends with C: what follows `, D reaches` is another matter.
        is_closed = bool(row) and _CLOSES_ROW.search(text, row[-1].end, item.start) is not None
        row.append(item)
    _weigh_row(text, row, weights)


def _is_gap(text: str, start: int, end: int) -> bool:
    length = end - start
    # Most gaps are prose; those that are wide hold brackets or results.
    is_likely = 0 < length <= _PLAIN_GAP or (
        length <= _MOST_GAP and (text[start + 1] == "(" or text[start + 1].isdigit())
    )
    return is_likely and _GAP.fullmatch(text, start, end) is not None


def _weigh_row(text: str, row: list["Name | Known"], weights: Weights) -> None:
    if len(row) < 2:
        return
    kinds = {item.kind for item in row} - {""}
    if "dataset" in kinds and "benchmark" in kinds:
        kinds -= {"dataset"}
    # Two names with only a comma between them need not be a row.
    is_row = len(row) > 2 or (len(row) == 2 and text[row[0].end : row[1].start].strip() != ",")
    if not is_row or len(kinds) != 1:
        return
    kind = kinds.pop()
    for item in row:
        if isinstance(item, Name) and not item.kind:
            weights[item.base][kind] += _BY_COMPANY


def _decide(names: Sequence[list[Name]], weights: Weights) -> None:
    kinds: dict[str, str] = {}
    for base, votes in weights.items():
        kind, weight = max(votes.items(), key=lambda vote: vote[1], default=("", 0.0))
        kinds[base] = kind if weight >= _LEAST_WEIGHT and kind != _OTHER else ""
    for found in names:
        for name in found:
            if not name.kind:
                # A variant of a name that is judged is of its kind: `X-S1`, `X-VLA`.
                stem, _, variant = name.base.rpartition("-")
                stem = stem if len(variant) <= _LONGEST_VARIANT else ""
                name.kind = kinds.get(name.base) or kinds.get(stem, "")


def _read_apposition(text: str, end: int, *, is_title: bool) -> tuple[str, float]:
    """The kind that `, a ... benchmark` or `: A ... Corpus` gives a name, and its weight.

    A title may say what is done to models in the same place, so that without an article it weighs
    less.
    """
    if determined := _DETERMINED.match(text, end):
        return _find_head(text, determined.end()), _BY_APPOSITION
    if is_title and (colon := _COLON.match(text, end)) and not _GERUND.match(text, colon.end()):
        return _find_head(text, colon.end()), _BY_USE
    return "", 0.0


def _find_head(text: str, start: int) -> str:
    """The kind of the noun phrase that starts there, empty where its head is none we know."""
    kind, last = "", ""
    for count, match in enumerate(_WORD_OR_SIGN.finditer(text, start)):
        word = match[0].lower()
        if count == _MOST_WORDS or word in ".;:()[]—–":
            break
        if word in (",", "and", "or"):
            if kind:
                break
            continue
        if word == "of" and last in _COLLECTIVES:
            kind = ""
            continue
        if word in _STOPS:
            break
        head = _HEADS.get(word) or _HEADS.get(word.rpartition("-")[2])
        if head:
            kind = head
        elif word in _COLLECTIVES:
            kind = kind or _LONE_COLLECTIVES.get(word, "")
        elif kind:
            if word.endswith("ed") or (word.endswith("ing") and word not in _ACTIVITIES):
                break
            kind = ""
        last = word
    return kind


def _skip_series(text: str, end: int) -> int:
    """Where a name ends that `-series` or `-family` is joined to."""
    joined = next((word for word in ("-series", "-family") if text.startswith(word, end)), "")
    return end + len(joined)


def _read_noun_after(text: str, end: int) -> str:
    """The kind that the noun right after a name gives it: `the X benchmark`."""
    if text.startswith(" Technical Report", end):
        return "model"
    position = end + text.startswith(")", end)
    for _ in range(3):
        blank = _AFTER.match(text, position)
        found = _WORD_OR_SIGN.match(text, blank.end()) if blank else None
        if found is None:
            return ""
        word = found[0].lower().removesuffix("'s").removesuffix("’s")
        if head := _HEADS.get(word):
            if word not in _VAGUE:
                return head
        elif word not in _MODIFIERS:
            return ""
        position = found.end()
    return ""
