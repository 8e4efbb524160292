using System.Runtime.InteropServices;

namespace Whalescale.Tun.Interop;

/// <summary>A file descriptor of our own; closed once, at the latest by the finalizer.</summary>
internal sealed partial class FileDescriptor : SafeHandle
{
    public FileDescriptor()
        : base(invalidHandleValue: -1, ownsHandle: true)
    {
    }

    internal FileDescriptor(int descriptor)
        : this() => SetHandle(descriptor);

    /// <inheritdoc/>
    public override bool IsInvalid => handle < 0;

    /// <summary>The number, for poll; valid as long as this object is.</summary>
    internal nint Number => handle;

    /// <inheritdoc/>
    protected override bool ReleaseHandle() => Close((int)handle) == 0;

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
