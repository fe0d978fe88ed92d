"""The shape of names: which words of a text look like one, and what in them is the name.

Data flow: a text -> words with capitals inside or digits, without what is only joined to them.

What a name stands for is told in coinages.py.
"""

import re
from dataclasses import dataclass
from functools import lru_cache


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


def word_set(text: str) -> frozenset[str]:
    """The words of a text."""
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
_PREFIXES = word_set(
    "non pre post anti multi cross self co ex semi meta sub inter intra re un de the all any"
)
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
# Last pieces that make a name of what stands before them.
_TELLING_ENDS = frozenset(("Bench", "Eval", "Arena", "Gym"))
# Pieces that are not part of the name they are joined to.
_ATTACHED = word_set(
    "aware based class driven style like level powered generated guided tuned trained scale scaled "
    "free friendly specific inspired enhanced augmented enabled equipped compatible type format "
    "only centric conditioned assisted related native to and of in the as judge family backed "
    "compliant shot series derived finetuned pretrained quality sized optimal initialized "
    "initialised annotated distilled adapted"
)
# Acronyms and names that stand for no model, benchmark, data set or method of their own.
_NO_NAMES = word_set(
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
_COMMON_PIECES = word_set(
    """
    Language Vision Based Source Tuning Free Time Aware Modal Agent Scale Shot Context Level Driven
    Text Image Video Audio Speech Guided Following Training Grained Augmented Thought Step Attention
    Supervised Trained Tuned Wise Centric Specific Quality Turn Task Domain Policy Search Play Value
    Part Stage Phase Type Top Section Figure Table Round Version Label Class Rank Order Quantized
    Range Horizon Term Source Weight Learning Reasoning Open Multi
    Self Fine Cross Pre Post Non Low High Long Large Small Human World Real Zero Few Chain Tree Test
    """
)
NAMING = frozenset(
    """
    introduce introduces introducing introduced present presents presenting presented propose
    proposes proposing proposed release releases releasing released develop develops developing
    developed describe describes unveil unveils call called dub dubbed name named term termed build
    construct create creating curate establish contribute
    """.split()
)
_FUNCTION_WORDS = frozenset("of to in and the by for or as vs".split())
_ARTICLES = frozenset(("the", "our", "it", "both"))
_WORDS_LENGTH = 30
# Words come again and again, in a paper and from paper to paper.
CACHED_WORDS = 50_000


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
            if not start or last_words(text, start)[-1] in NAMING:
                plain.append(start)
            continue
        written, base = _read_shape(word, is_title)
        if base:
            found.append(Name(start, start + len(written), written, base))
        elif written and ((is_title and not start) or last_words(text, start)[-1] in NAMING):
            plain.append(start)
    return found, plain


def last_words(text: str, end: int) -> list[str]:
    """The words before a place, an article at the end left out; at least one, maybe empty."""
    words = text[max(0, end - _WORDS_LENGTH) : end].casefold().split()
    if len(words) > 1 and words[-1] in _ARTICLES:
        words.pop()
    return words or [""]


@lru_cache(maxsize=CACHED_WORDS)
def _read_shape(word: str, is_title: bool) -> tuple[str, str]:
    """A word without attachments, and its base; no base where it has not the shape of a name."""
    written = _without_attachments(word)
    if written in _NO_NAMES:
        return "", ""
    return written, find_base(written) if _is_shaped(written, is_title=is_title) else ""


def _without_attachments(word: str) -> str:
    """A word without what is no part of the name: `GPT-4-based` is `GPT-4`."""
    while True:
        head, joint, last = word.rpartition("-")
        is_attached = last in _ATTACHED or (last.islower() and last.endswith(("ed", "ing")))
        if not joint or not is_attached:
            break
        word = head
    return word.removesuffix("'s").removesuffix("’s").rstrip(".'’")


def is_no_name(word: str) -> bool:
    """Whether a word or acronym stands for something common, or is a number or a size."""
    return word in _NO_NAMES or _NO_NAME.fullmatch(word) is not None


def find_base(word: str) -> str:
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
        if pieces[-1] in _TELLING_ENDS:
            return True  # `Marsh-Bench`, in titles too
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
